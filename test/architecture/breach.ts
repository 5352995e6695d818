/** Something that the architecture forbids, with what a person needs to mend it. */
export type Breach = {
  readonly rule: string;
  readonly file: string;
  /** The file at the other end of a forbidden import. */
  readonly to?: string;
  readonly why: string;
};

/** `domain-is-pure: src/modules/a/domain/x.ts -> src/kernel/log.ts`, and the reason below it. */
export function describeBreach({ rule, file, to, why }: Breach): string {
  return `${rule}: ${file}${to === undefined ? '' : ` -> ${to}`}\n    ${why}`;
}

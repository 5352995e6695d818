/** Tells a story chapter by chapter, each with the time that it took. */
export type Chapter<Story> = {
  readonly title: string;
  /** What happens. What it answers is told below the title, a line each. */
  readonly happen: (story: Story) => Promise<readonly string[]>;
};

const width = 76;

export async function tell<Story>(
  chapters: readonly Chapter<Story>[],
  story: Story,
  print: (line: string) => void,
): Promise<void> {
  for (const [index, { title, happen }] of chapters.entries()) {
    const startedAt = performance.now();
    const lines = await happen(story);
    const ms = `${Math.round(performance.now() - startedAt)} ms`;
    print(`${`${String(index + 1).padStart(2)}  ${title}`.padEnd(width - ms.length)} ${ms}`);
    for (const line of lines) print(`      ${line}`);
    print('');
  }
}

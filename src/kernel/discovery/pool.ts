import type { Clock } from '../ports/clock.ts';
import type { Instance } from '../ports/discovery.ts';
import { type EjectionPolicy, ejectionMs, Member } from './outliers.ts';

type Tried = ReadonlySet<string> | undefined;

/** The instances of one module: who of them is well, and who gets the next call. */
export class Pool {
  #members: readonly Member[] = [];
  #well: readonly Member[] = [];
  #ejected: readonly Member[] = [];
  /** How often an instance has been left out, for whoever measures. */
  ejections = 0;
  readonly #policy: EjectionPolicy;
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(policy: EjectionPolicy, clock: Clock, random: () => number) {
    this.#policy = policy;
    this.#clock = clock;
    this.#random = random;
  }

  get size(): number {
    return this.#members.length;
  }

  get ejected(): number {
    return this.#ejected.length;
  }

  /** Takes over who is known now. Who was known before keeps its record; who is gone is dropped. */
  adopt(instances: readonly Instance[]): void {
    const before = new Map(this.#members.map((member) => [member.instance.id, member]));
    this.#members = instances.map((instance) => {
      const member = before.get(instance.id);
      return member?.instance.url === instance.url ? member : new Member(instance);
    });
    this.#sort();
    // Fewer are known than before, so fewer may be left out: who has waited longest comes back.
    while (this.#ejected.length > this.#mostEjected()) {
      this.#return(this.#ejected.reduce((a, b) => (a.probeAt <= b.probeAt ? a : b)));
    }
  }

  /**
   * An ejected one whose time is over gets one call as its probe; else the less busy of two that are
   * well and were not tried. When all those were tried: an ejected one that was not, then anyone well.
   */
  pick(tried: Tried): Member | undefined {
    if (this.#ejected.length > 0) {
      const due = this.#dueForProbe(tried);
      if (due) return due;
    }
    if (tried === undefined || tried.size === 0) return this.#lessBusyOfTwo(this.#well);
    const untried = this.#well.filter(({ instance }) => !tried.has(instance.id));
    if (untried.length > 0) return this.#lessBusyOfTwo(untried);
    return (
      this.#ejected.find((one) => !tried.has(one.instance.id)) ?? this.#lessBusyOfTwo(this.#well)
    );
  }

  answered(member: Member): void {
    member.failuresInRow = 0;
    if (member.ejected) this.#return(member);
  }

  /** `wasEjected`: the call was given to it as a probe. A call from before the ejection tells nothing new. */
  failed(member: Member, wasEjected: boolean): void {
    member.failuresInRow += 1;
    member.failedAt = this.#clock.now();
    if (member.ejected) {
      if (wasEjected) this.#eject(member);
      return;
    }
    if (member.failuresInRow < this.#policy.failuresInRow || !this.#members.includes(member))
      return;
    if (this.#ejected.length < this.#mostEjected()) this.#eject(member);
  }

  /** The probe ended without having said anything: the next call may be one. */
  undecided(member: Member): void {
    if (member.ejected) member.probeAt = 0;
  }

  #dueForProbe(tried: Tried): Member | undefined {
    const now = this.#clock.now();
    const due = this.#ejected.find(
      (one) => one.probeAt <= now && tried?.has(one.instance.id) !== true,
    );
    if (due) due.probeAt = now + this.#policy.probeTimeoutMs;
    return due;
  }

  #lessBusyOfTwo(members: readonly Member[]): Member | undefined {
    const count = members.length;
    if (count < 2) return members[0];
    const one = Math.floor(this.#random() * count);
    const step = 1 + Math.floor(this.#random() * (count - 1));
    const a = members[one] as Member;
    const b = members[(one + step) % count] as Member;
    if (a.failuresInRow + b.failuresInRow > 0) {
      const [aIsAvoided, bIsAvoided] = [this.#isAvoided(a), this.#isAvoided(b)];
      if (aIsAvoided !== bIsAvoided) return aIsAvoided ? b : a;
    }
    return b.inFlight < a.inFlight ? b : a;
  }

  #isAvoided({ failuresInRow, failedAt }: Member): boolean {
    return failuresInRow > 0 && this.#clock.now() - failedAt < this.#policy.avoidedMs;
  }

  #mostEjected(): number {
    return Math.floor(this.#members.length * this.#policy.maxEjectedShare);
  }

  #eject(member: Member): void {
    const now = this.#clock.now();
    const isForgiven = now - member.returnedAt >= this.#policy.forgivenAfterMs;
    member.ejections = !member.ejected && isForgiven ? 1 : member.ejections + 1;
    member.ejected = true;
    member.probeAt = now + ejectionMs(member, this.#policy, this.#random);
    this.ejections += 1;
    this.#sort();
  }

  #return(member: Member): void {
    member.ejected = false;
    member.failuresInRow = 0;
    member.returnedAt = this.#clock.now();
    this.#sort();
  }

  #sort(): void {
    this.#well = this.#members.filter(({ ejected }) => !ejected);
    this.#ejected = this.#members.filter(({ ejected }) => ejected);
  }
}

/** What the server says of itself is not what this transport can work with. A person has to change it. */
export class UnusableRedis extends Error {
  override readonly name = 'UnusableRedis';
}

const oldestVersion = [6, 2] as const;

/**
 * Reads the answer to INFO. Throws `UnusableRedis` when the server is too old, or when it would drop
 * events to make room: what was confirmed could be gone without a word.
 */
export function checkServer(info: string): void {
  const version = fieldOf(info, 'redis_version');
  if (isOlder(version)) {
    throw new UnusableRedis(
      `This Redis is version ${version}; events need ${oldestVersion.join('.')} or newer.`,
    );
  }
  const policy = fieldOf(info, 'maxmemory_policy');
  if (policy !== 'noeviction') {
    throw new UnusableRedis(
      `This Redis has maxmemory-policy ${policy}: when memory is short it would drop events that it has confirmed. Set \`maxmemory-policy noeviction\`.`,
    );
  }
}

/** It is one for a moment in a failover, so that this is no reason not to start. */
export function isReplica(info: string): boolean {
  return fieldOf(info, 'role') === 'slave';
}

function fieldOf(info: string, name: string): string {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? 'unknown';
}

/** A version that can't be read is not an old one: forks of Redis name theirs as they like. */
function isOlder(version: string): boolean {
  const [major = Number.NaN, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = oldestVersion;
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}

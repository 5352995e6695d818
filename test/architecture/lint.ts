// `npm run lint:arch`: exits 1, and names the rule and both files, on a breach of the architecture.
import { describeBreach } from './breach.ts';
import { checkArchitecture } from './check-all.ts';

const { breaches, visited, onDisk } = await checkArchitecture(process.cwd());
for (const breach of breaches) console.error(`${describeBreach(breach)}\n`);
const verdict = breaches.length === 0 ? 'no breach' : `${breaches.length} breaches`;
console.log(`architecture: ${visited} of ${onDisk} files visited, ${verdict}`);
process.exitCode = breaches.length === 0 ? 0 : 1;

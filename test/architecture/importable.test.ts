import assert from 'node:assert/strict';
import test from 'node:test';

import { type Changes, plantTree } from './clean-tree.ts';
import { checkImportable } from './importable.ts';

const breaches: readonly (readonly [what: string, file: string, text: string])[] = [
  ['a decorator', 'src/kernel/one.ts', 'const d = () => undefined;\n@d\nexport class One {}\n'],
  ['an enum', 'src/kernel/one.ts', 'export enum One { A }\n'],
  [
    'a .js that is a .ts',
    'src/kernel/one.ts',
    "export { openStore } from './stores/open-store.js';\n",
  ],
  [
    'a type imported as a value',
    'src/kernel/one.ts',
    "import { Clock } from './ports/clock.ts';\nexport type One = Clock;\n",
  ],
  [
    'a type imported as a value by a test',
    'test/journeys/one.test.ts',
    "import { Clock } from '#kernel/ports/clock';\nconst clock: Clock = { now: () => 1 };\nclock.now();\n",
  ],
  ['a decorator in a program', 'src/cli/main.ts', 'const d = () => undefined;\n@d\nclass One {}\n'],
  ['an error at load', 'src/kernel/one.ts', "export const one = 1;\nthrow new Error('at load');\n"],
];

test('Node loads every file of a clean tree, and runs no test and no program', async (t) => {
  const program = "export type Word = string;\nprocess.stdout.write('ran');\nprocess.exit(7);\n";
  const never: Changes = { 'src/cli/main.ts': program };
  assert.deepEqual(await checkImportable(plantTree(t, never)), []);
});

for (const [what, file, text] of breaches) {
  test(`a file that Node can't load is found: ${what}`, async (t) => {
    const found = await checkImportable(plantTree(t, { [file]: text }));
    assert.deepEqual(
      found.map((breach) => [breach.rule, breach.file]),
      [['node-loads-every-file', file]],
    );
  });
}

test('Node loads every file of the project as it stands', async () => {
  assert.deepEqual(await checkImportable(process.cwd()), []);
});

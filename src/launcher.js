// Old JavaScript on purpose: a Node too old for the rest must still be able to read this file, and
// say what is wrong. Everything else is TypeScript, which only a current Node can load.
var needed = 24;
var isCommand = new URL(import.meta.url).searchParams.has('command');

if (Number(process.versions.node.split('.')[0]) >= needed) {
  launch(isCommand ? './cli/main.ts' : './main.ts');
} else {
  process.exitCode = 1;
  console.error(`Seamline needs Node ${needed} or newer.`);
  console.error(`Found: Node ${process.versions.node} (${process.execPath}).`);
  console.error('The project brings its own, and npm uses it: run `npm ci` once, then');
  console.error(isCommand ? '`npx seamline ...`.' : '`npm start`.');
}

/**
 * Compiled code is kept between runs: that saves about a third of the time to start. It is written
 * once the program has loaded and not only when it ends, because a server may end by SIGKILL.
 */
function launch(program) {
  Promise.all([import('node:module'), import('node:url'), import('node:fs')])
    .then(([module, url, fs]) => {
      const pathOf = (file) => url.fileURLToPath(new URL(`../${file}`, import.meta.url));
      module.enableCompileCache(pathOf('node_modules/.cache/seamline'));
      if (fs.existsSync(pathOf('.env'))) process.loadEnvFile(pathOf('.env'));
      return import('./quick-resolve.ts')
        .then(() => import(program))
        .then(() => module.flushCompileCache());
    })
    .catch((error) => {
      console.error(error);
      process.exitCode = 1;
    });
}

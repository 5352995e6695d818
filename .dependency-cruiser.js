// The arrows of the architecture, each with its reason. Every rule is derived from folders, so a
// new module, transport or use case is guarded without anyone adding it to a list. What imports
// can't express stands in test/architecture; `npm run lint:arch` checks both.

const MODULE = '^src/modules/([^/]+)/';
const OWN = '^src/modules/$1/';
/** Another module's file. Rules about a module's own rooms leave it to `modules-meet-at-contracts`. */
const NEIGHBOUR = '^src/modules/(?!$1/)';
const BEHIND_NEIGHBOUR = '^src/modules/(?!$1/|[^/]+/contract[.]ts$)';
const CONTRACT = '^src/modules/[^/]+/contract[.]ts$';
const KERNEL = '^src/kernel/';
const MODULE_TEST = '^src/modules/[^/]+/test/';
const ABOVE = '^src/(?!kernel/|transports/|modules/)';
/** Whatever is no room of its own holds adapters: `providers/`, `mailers/`. */
const ADAPTERS = '(?!(?:domain|application|store|test)/)[^/]+/';
/** An import that could not be resolved keeps its specifier; `no-unresolvable` alone speaks of it. */
const UNRESOLVED = '^[.#]';
/** What a rule about a module's own rooms leaves to the rules about modules. */
const ELSEWHERE = ['^src/transports/', ABOVE, BEHIND_NEIGHBOUR, UNRESOLVED];

/** The kernel's first layer: types that the kernel and the transports agree on. */
const ports = [
  {
    name: 'ports-stand-alone',
    comment:
      'A port says what is wanted, so it may know other ports, contracts and failures. If it knew a library or an implementation, every implementation would have to know it too.',
    from: { path: '^src/kernel/ports/' },
    to: {
      // Node's own words for a connection are nobody's implementation.
      pathNot: [
        '^src/kernel/ports/',
        '^src/kernel/(contract|failure)[.]ts$',
        '^(http|stream)$',
        UNRESOLVED,
      ],
    },
  },
  {
    name: 'ports-are-types-only',
    comment:
      'Ports are types: importing one must load nothing, so that a transport or a module in another process costs no more than it uses.',
    from: { path: '^src/kernel/ports/' },
    to: { path: '^src/', dependencyTypesNot: ['type-only'] },
  },
];

const kernel = [
  {
    name: 'kernel-knows-no-module',
    comment:
      'The kernel is the ground for any module. Once it knows one, that module can no longer be left out or moved to another process.',
    from: { path: '^src/kernel/(?!ports/)' },
    to: { path: '^src/modules/' },
  },
  {
    name: 'kernel-knows-no-transport',
    comment:
      'Transports implement the kernel’s ports and are chosen by the topology. A kernel that knows one has chosen already.',
    from: { path: '^src/kernel/(?!ports/)' },
    to: { path: '^src/transports/' },
  },
  {
    name: 'kernel-stands-below-the-app',
    comment: 'The composition root knows everything; whoever imports it knows everything too.',
    from: { path: '^src/kernel/(?!ports/)' },
    to: { path: ABOVE },
  },
  {
    name: 'inversify-composes-the-process',
    comment:
      'One file composes the process, at start. A container that is reached from elsewhere becomes a place to look things up, and boundaries end there.',
    from: { pathNot: '^src/kernel/wiring/process[.]ts$' },
    to: { path: '(^|/)node_modules/(inversify|@inversifyjs)/' },
  },
  {
    name: 'tsyringe-wires-a-module',
    comment:
      'One file wires the inside of a module in a container that nobody else can see, so injection can’t cross a boundary.',
    from: { pathNot: '^src/kernel/wiring/module-scope[.]ts$' },
    to: { path: '(^|/)node_modules/tsyringe/' },
  },
  {
    name: 'schemas-come-from-the-kernel',
    comment:
      'Contracts carry only what JSON carries. The kernel’s schema file is the one door to the schema library, so that this can be kept, and the library exchanged.',
    from: { pathNot: KERNEL },
    to: { path: '(^|/)node_modules/(typebox|@sinclair|zod)/' },
  },
];

const libraries = [
  {
    name: 'databases-only-in-stores',
    comment:
      'A module’s rows are its own, and only store code may touch a database: what runs a query elsewhere escapes transactions, the outbox and the check of table names.',
    from: { path: '^src/', pathNot: ['^src/kernel/stores/', '^src/modules/[^/]+/store/'] },
    to: { path: '(^|/)node_modules/(better-sqlite3|pg|pg-[^/]+|kysely|@mikro-orm)/' },
  },
  {
    name: 'module-stores-use-mikro-orm-only',
    comment:
      'A module declares entities and speaks SQL through the kernel, which runs on SQLite and on PostgreSQL. A driver or another library would bind it to one of them.',
    from: { path: '^src/modules/[^/]+/store/' },
    to: {
      dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
      pathNot: '(^|/)node_modules/@mikro-orm/core/',
    },
  },
  {
    name: 'brokers-only-in-transports',
    comment:
      'Which broker carries events is the topology’s choice. A broker’s driver anywhere else makes it the code’s.',
    from: { path: '^src/', pathNot: '^src/transports/' },
    to: {
      path: '(^|/)node_modules/(bullmq|ioredis|redis|@redis|amqplib|amqp-connection-manager|rabbitmq-client|kafkajs|mqtt|nats)/',
    },
  },
  {
    name: 'telemetry-behind-one-door',
    comment:
      'One folder knows how spans are recorded, and only while that is asked for is it loaded beyond its types. An import anywhere else would load the SDK at every start.',
    from: { path: '^src/', pathNot: '^src/kernel/telemetry/' },
    to: { path: '(^|/)node_modules/@opentelemetry/' },
  },
  {
    name: 'telemetry-is-loaded-when-asked-for',
    comment:
      'Whatever imports the SDK statically has it loaded. The file that opens it, and what works on it, are reached by a dynamic import alone.',
    from: { path: '^src/', pathNot: '^src/kernel/telemetry/open-sdk[.]ts$' },
    to: {
      path: '^src/kernel/telemetry/(open-sdk|recorder|metrics|log-lines|trouble)[.]ts$',
      dependencyTypesNot: ['dynamic-import'],
    },
  },
  {
    name: 'packages-are-declared',
    comment:
      'A package that is there only because another one needs it may be gone, or be another version, after the next install.',
    from: {},
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'production-needs-no-dev-package',
    comment: 'An installation without development packages must run. Types are gone by then.',
    from: { path: '^src/', pathNot: MODULE_TEST },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
  },
];

/** The rooms of a module, from its door inwards. */
const rooms = [
  {
    name: 'contract-stands-alone',
    comment:
      'A contract is loaded wherever its module is called from, in any process. What it imports, every caller imports.',
    from: { path: '^src/modules/[^/]+/contract[.]ts$' },
    to: { pathNot: ['^src/kernel/(contract|failure|schema)[.]ts$', UNRESOLVED] },
  },
  {
    name: 'domain-is-pure',
    comment:
      'Rules of the business are functions of state: no clock, no I/O, no kernel. They may use the words, and the refusals, of their own contract.',
    from: { path: `${MODULE}domain/` },
    to: { pathNot: [`${OWN}domain/`, `${OWN}contract[.]ts$`, UNRESOLVED] },
  },
  {
    name: 'application-knows-domain-and-stores',
    comment:
      'A use case reads as rules and rows. It knows its module’s domain, contract and stores (`store/*-store.ts`, not their tables), the kernel and its neighbours’ contracts; libraries and I/O reach it as parts from the manifest.',
    from: { path: `${MODULE}application/` },
    to: {
      pathNot: [
        `${OWN}(application|domain)/`,
        `${OWN}store/[^/]+-store[.]ts$`,
        `${OWN}${ADAPTERS}`,
        CONTRACT,
        KERNEL,
        ...ELSEWHERE,
      ],
    },
  },
  {
    name: 'application-gets-adapters-as-parts',
    comment:
      'A use case may know the type of an adapter, never the adapter: which one it gets is configuration, and the manifest’s business.',
    from: { path: `${MODULE}application/` },
    to: { path: `${OWN}${ADAPTERS}`, dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'store-knows-domain-and-database',
    comment:
      'A store turns rows into the domain’s values, or into what its contract answers and refuses. It knows the kernel’s stores and ports, and nothing that runs above a transaction.',
    from: { path: `${MODULE}store/` },
    to: {
      pathNot: [
        `${OWN}(store|domain)/`,
        `${OWN}contract[.]ts$`,
        '^src/kernel/(stores|ports)/',
        '(^|/)node_modules/',
        ...ELSEWHERE,
      ],
    },
  },
  {
    name: 'routes-are-data',
    comment:
      'The gateway loads the routes of modules that run elsewhere, so routes may know no more than their contract and the kernel.',
    from: { path: `${MODULE}routes[.]ts$` },
    to: { pathNot: [`${OWN}contract[.]ts$`, KERNEL, ...ELSEWHERE] },
  },
  {
    name: 'manifest-only-wires',
    comment:
      'A manifest is a table of contents: it names the module’s files and its neighbours’ contracts. Whatever needs a library has a file of its own.',
    from: { path: `${MODULE}module[.]ts$` },
    to: { pathNot: [OWN, CONTRACT, KERNEL, ...ELSEWHERE] },
  },
  {
    name: 'adapters-serve-their-module',
    comment:
      'An adapter implements what its module needs, and is chosen by configuration. It knows no neighbour, not even a contract, and nothing of how its module is put together.',
    from: { path: `${MODULE}${ADAPTERS}` },
    to: {
      path: [CONTRACT, `${OWN}test/`, `${OWN}(module|routes)[.]ts$`],
      pathNot: `${OWN}contract[.]ts$`,
    },
  },
  {
    name: 'adapters-know-use-cases-by-type',
    comment:
      'A use case says what it needs as a type, and the adapter answers to that type. An adapter that ran a use case would close the circle.',
    from: { path: `${MODULE}${ADAPTERS}` },
    to: { path: `${OWN}application/`, dependencyTypesNot: ['type-only'] },
  },
];

const modules = [
  {
    name: 'modules-meet-at-contracts',
    comment:
      'The contract is the only file of a module that others may import: everything behind it can change, or move to another process, without asking anyone.',
    from: {
      path: MODULE,
      pathNot: [CONTRACT, '^src/modules/[^/]+/(domain|test)/'],
    },
    to: { path: NEIGHBOUR, pathNot: CONTRACT },
  },
  {
    name: 'modules-know-neither-transport-nor-app',
    comment:
      'A module can’t tell whether a neighbour runs in its process or on another continent. Knowing a transport, or the app that places modules, would tell.',
    from: { path: MODULE, pathNot: [CONTRACT, '^src/modules/[^/]+/(domain|test)/'] },
    to: { path: ['^src/transports/', ABOVE] },
  },
  {
    name: 'modules-see-no-wiring',
    comment:
      'What a module gets is what its manifest declares. With the host or its containers in hand it could take more.',
    from: { path: MODULE, pathNot: [CONTRACT, '^src/modules/[^/]+/(domain|store|test)/'] },
    to: { path: '^src/kernel/(wiring|host)/' },
  },
];

const outside = [
  {
    name: 'transports-know-only-ports',
    comment:
      'A transport carries what the ports describe. It knows no module and no other transport, so each can be added, proved and removed alone.',
    from: { path: '^src/transports/([^/]+)/' },
    to: { path: '^src/', pathNot: ['^src/transports/$1/', '^src/kernel/ports/'] },
  },
  {
    name: 'app-opens-manifests',
    comment:
      'The app places modules and the commands operate them: both need to know that a module exists, and what its manifest says, but nothing behind it.',
    from: { path: ABOVE },
    to: { path: '^src/modules/', pathNot: '^src/modules/[^/]+/module[.]ts$' },
  },
];

const tests = [
  {
    name: 'production-knows-no-test',
    comment: 'What serves customers must not need what is only there to test it.',
    from: { path: '^src/', pathNot: MODULE_TEST },
    to: { path: ['^test/', MODULE_TEST] },
  },
  {
    name: 'module-tests-use-doors',
    comment:
      'A module’s test drives it through its contract, and opens its neighbours by their manifests as the app does; their insides may change without breaking it.',
    from: { path: `${MODULE}test/` },
    to: {
      path: ['^src/', '^test/'],
      pathNot: [OWN, KERNEL, '^src/modules/[^/]+/(contract|module)[.]ts$', '^test/support/'],
    },
  },
  {
    name: 'tests-use-doors',
    comment:
      'Journeys, conformance and fault runs state what holds in every topology, so they see modules from outside only.',
    from: { path: '^test/' },
    to: { path: '^src/modules/', pathNot: '^src/modules/[^/]+/(contract|module)[.]ts$' },
  },
];

const everywhere = [
  {
    name: 'no-cycles',
    comment: 'Files that import each other can only be understood, and initialised, together.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no-unresolvable',
    comment:
      'An import that leads nowhere is guarded by no other rule, and fails when it is first loaded.',
    from: {},
    to: { couldNotResolve: true },
  },
];

const forbidden = [
  ...ports,
  ...kernel,
  ...libraries,
  ...rooms,
  ...modules,
  ...outside,
  ...tests,
  ...everywhere,
];

export default {
  forbidden: forbidden.map((rule) => ({ severity: 'error', ...rule })),
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};

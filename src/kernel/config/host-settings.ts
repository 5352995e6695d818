import { logLevels } from '../log.ts';
import { choice, type Setting, type Settings, text, url, wholeNumber } from './settings.ts';

const postgres = ['postgres:', 'postgresql:'];

/** What every host reads, whatever its modules. */
export const hostSettings = {
  DATA_DIR: text({
    fallback: './data',
    example: '/var/lib/seamline',
    meaning: 'SQLite files, keys, the sandbox provider’s ledger',
  }),
  DATABASE_URL: url(postgres, {
    fallback: undefined,
    example: 'postgres://seamline@127.0.0.1/seamline',
    meaning: 'one PostgreSQL server for all modules, a schema and a role each; SQLite without',
    secret: true,
  }),
  POOL_SIZE: wholeNumber(
    { min: 1, max: 200 },
    { fallback: 5, example: '5', meaning: 'PostgreSQL connections of each module' },
  ),
  LOG_LEVEL: choice(logLevels, {
    fallback: 'info',
    example: 'info',
    meaning: 'least level logged',
  }),
  INTERNAL_PORT: wholeNumber(
    { min: 0, max: 65_535 },
    {
      fallback: undefined,
      example: '4000',
      meaning: 'the operators’ listener; the public port + 1000 without',
    },
  ),
  INTERNAL_BIND: text({
    fallback: '127.0.0.1',
    example: '10.0.0.5',
    meaning: 'the address of the operators’ listener',
  }),
  OPERATOR_TOKEN: text({
    fallback: undefined,
    example: 'at least 32 random characters',
    meaning: 'lets operators in; made up and kept in DATA_DIR without',
    secret: true,
  }),
} satisfies Settings;

/** `ORDERS_DATABASE_URL`: the database of one module alone. */
export function moduleDatabaseSetting(module: string): [string, Setting<URL | undefined>] {
  const name = `${module.toUpperCase()}_DATABASE_URL`;
  const about = {
    fallback: undefined,
    example: `postgres://${module}@127.0.0.1/${module}`,
    meaning: `the PostgreSQL database of ${module} alone`,
    secret: true,
  };
  return [name, url<undefined>(postgres, about)];
}

import { openDesk, openDeskStore } from '#test/call-desk';
import { desk as contract } from '#test/call-desk-contract';
import { openHttpHost } from '#test/http-hosts';

/** Serves a desk whose store is in the folder given, until whoever started it has gone. */
const [folder = '.'] = process.argv.slice(2);
process.on('disconnect', () => process.exit(0));
const store = await openDeskStore({ folder, url: undefined });
const host = await openHttpHost({ host: 'desk', modules: ['desk'], contracts: [contract] });
host.transport.calls.serve(openDesk(store).served);
process.send?.(host.url);

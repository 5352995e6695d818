import { StartError } from '../start-error.ts';

/** Where a listener was told to listen, and by which settings. */
export type Asked = {
  /** The settings that the port and the address come from, for the message when they don't do. */
  readonly settings: { readonly port: string; readonly bind: string };
  readonly port: number;
  readonly bind: string;
};

/** A `StartError` that says what to do where the port or the address can't be had. */
export function listenProblem(error: NodeJS.ErrnoException, options: Asked): Error {
  const { settings, port, bind } = options;
  if (error.code === 'EADDRINUSE') {
    return new StartError(
      `${settings.port} ${port} is in use on ${bind}: stop who holds it, or choose another, for example ${settings.port}=${port + 1}`,
    );
  }
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return new StartError(
      `${settings.port} ${port} needs rights that this process does not have: choose one from 1024 up, for example ${settings.port}=${port < 1024 ? port + 3000 : 3000}`,
    );
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND' || error.code === 'EINVAL') {
    return new StartError(
      `${settings.bind}=${JSON.stringify(bind)} is no address of this machine, for example ${settings.bind}=127.0.0.1`,
    );
  }
  return error;
}

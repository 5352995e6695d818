/** Whether an address names this machine and nothing else: 127.0.0.0/8, ::1 or localhost. What is no URL names nothing. */
export function isLoopback(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { hostname } = new URL(address);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

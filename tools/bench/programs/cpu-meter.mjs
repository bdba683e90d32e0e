// Loaded with --import into a server that is measured: answers over IPC what the process has used so far. The server's own
// code stays what a user would write.
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMs: (user + system) / 1000 });
});

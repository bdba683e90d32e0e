// A program of a test ends with the test run that started it, also where that is killed and ends nothing itself.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit(1);
}, 1000).unref();

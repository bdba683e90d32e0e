// `npm test` and `npm run demo` begin here, on a machine that may have nothing but Node and npm.
// This file and node-version.mjs stay readable to old Nodes: all the rest is imported after the version has been checked.
import { nodeVersionProblem } from './node-version.mjs';

const problem = nodeVersionProblem(process.versions.node);
if (problem) {
  console.error(problem);
  process.exitCode = 1;
} else {
  import('./commands.mjs').then(
    (commands) => commands.main(process.argv.slice(2)),
    (error) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}

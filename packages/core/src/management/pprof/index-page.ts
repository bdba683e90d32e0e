/** What a browser sees at /debug/pprof/. */
export const INDEX_PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>/debug/pprof/</title></head>
<body style="font: 16px/1.5 system-ui, sans-serif; max-width: 46em; margin: 2em auto; padding: 0 1em">
<h1>/debug/pprof/</h1>
<table>
<tr><td><a href="profile?seconds=10">profile</a></td><td>where CPU time goes; <code>?seconds=</code> 1 to 300, 30 by default; <code>?hz=</code> samples a second, 100 by default</td></tr>
<tr><td><a href="heap">heap</a></td><td>what is alive: since the start with the option <code>management.heapProfiling</code>, else of what is allocated within <code>?seconds=</code>, 10 by default; <code>?gc=1</code> collects garbage first</td></tr>
<tr><td><a href="allocs">allocs</a></td><td>what is allocated within <code>?seconds=</code>, alive or not</td></tr>
<tr><td><a href="cmdline">cmdline</a></td><td>the command line</td></tr>
</table>
<p>With <code>debug=1</code> the answer is a table to read as it is.</p>
<p>To look at one: <code>go tool pprof -http=: http://HOST:PORT/debug/pprof/profile?seconds=10</code></p>
</body>
</html>
`;

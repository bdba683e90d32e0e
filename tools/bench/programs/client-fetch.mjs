import { answerWith, isHello } from './client-calls.mjs';

answerWith((port) => {
  const call = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/hello/${encodeURIComponent('world')}`);
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return answer.json();
  };
  return { call, check: isHello };
});

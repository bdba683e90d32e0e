const clock = document.querySelector('#clock');
const events = new EventSource('/api/clock');
events.addEventListener('tick', ({ lastEventId }) => {
  clock.textContent = `tick ${lastEventId}`;
});

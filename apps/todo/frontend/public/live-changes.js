// Changes as they happen, by Server-Sent Events. The browser takes an interrupted stream up again by itself, but gives
// up when it is answered with an error (a gateway that restarts): then a new one is opened here.

const shortestPauseMs = 1_000;
const longestPauseMs = 15_000;

/**
 * Listens for as long as the page lives.
 * @param {object} listener
 * @param {(isLive: boolean) => void} listener.onState
 * @param {() => void} listener.onMissed  Changes may have been missed: the list has to be read again.
 * @param {(change: import('./todo-list.js').Change) => void} listener.onChange
 */
export function listenForChanges({ onState, onMissed, onChange }) {
  let pauseMs = shortestPauseMs;

  const open = () => {
    const source = new EventSource('/sse/');
    source.addEventListener('hello', ({ data }) => {
      pauseMs = shortestPauseMs;
      onState(true);
      if (JSON.parse(data).complete !== true) onMissed();
    });
    source.addEventListener('notification', ({ data }) => onChange(JSON.parse(data)));
    source.addEventListener('error', () => {
      onState(false);
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(open, pauseMs);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    });
  };
  open();
}

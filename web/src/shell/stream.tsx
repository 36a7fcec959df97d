import { clock } from '../format/time';
import { useText } from '../i18n/text';
import { useLive, useServerNow } from '../live/useLive';

/** Whether the data is live, in the header. */
export function StreamSign() {
  const { t } = useText();
  const stream = useLive((model) => model.stream);
  const as_of = useLive((model) => model.as_of);
  return (
    <p className={`stream ${stream.kind}`} data-stream={stream.kind}>
      <span aria-hidden="true">{stream.kind === 'live' ? '●' : stream.kind === 'lost' ? '✕' : '○'}</span>{' '}
      {stream.kind === 'live' ? t('stream.live') : stream.kind === 'lost' ? t('news.lost') : t('stream.connecting')}
      {stream.kind === 'live' && as_of !== null && <span className="desk-only"> {clock(as_of)}</span>}
    </p>
  );
}

/** A bar across the page while nothing new comes in: how old the data is, and when the next try is made. */
export function StreamBar() {
  const { t } = useText();
  const stream = useLive((model) => model.stream);
  const as_of = useLive((model) => model.as_of);
  const now_ms = useServerNow() - useLive((model) => model.clock_offset_ms);
  if (stream.kind === 'live' || (stream.kind === 'connecting' && as_of === null)) return null;
  if (stream.kind === 'connecting') {
    return <p className="stream-bar">{t('stream.reconnecting_as_of', { time: clock(as_of ?? 0) })}</p>;
  }
  const n = Math.max(0, Math.ceil((stream.retry_at - now_ms) / 1000));
  return <p className="stream-bar">{as_of === null ? t('stream.lost_no_data', { n }) : t('stream.lost_as_of', { time: clock(as_of), n })}</p>;
}

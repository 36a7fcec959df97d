import { useMemo } from 'react';
import type { EpochMs } from '../../api/types';
import { duration } from '../../format/age';
import { plateText } from '../../format/plate';
import { clock, date, dateTime } from '../../format/time';
import { useLanguage, useTexts } from '../../i18n/define';
import { useLive } from '../../live/useLive';
import { useGo, usePlace } from '../../shell/address';
import { type History, history, historyPath } from '../../track/api';
import { PlayerBar, usePlayer } from '../../track/player';
import { PointTable } from '../../track/PointTable';
import { passagesOf, type Stretch, stopsOf, tripsOf } from '../../track/shape';
import { SpeedPlot } from '../../track/SpeedPlot';
import { TrackMap } from '../../track/TrackMap';
import { type Column, DataTable } from '../../ui/DataTable';
import { Notice } from '../../ui/Notice';
import { useShortcuts } from '../../ui/shortcuts';
import { Empty, Loaded, Loading } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { useNearest } from './nearest';
import { dayOf, type Range, validRange } from './range';
import { ReplayForm } from './ReplayForm';
import { texts } from './texts';
import '../../track/track.css';
import './replay.css';

/** Where was this truck at that time? */
export default function ReplayScreen() {
  const t = useTexts(texts);
  const { id: plate, state } = usePlace();
  const go = useGo();
  const number = (value: string | undefined) => (value === undefined || !/^\d+$/.test(value) ? null : Number(value));
  const range = validRange(number(state['from']), number(state['to']));
  const show = (of: string, { from, to }: Range) => go({ id: of, state: { from: String(Math.round(from)), to: String(Math.round(to)) } });
  return (
    <div className="replay">
      <ReplayForm plate={plate} range={range} show={show} />
      {plate === null || range === null ? <Empty says={t('ask')} /> : <Replay plate={plate} range={range} show={show} />}
    </div>
  );
}

function Replay({ plate, range, show }: { plate: string; range: Range; show: (plate: string, range: Range) => void }) {
  const [data, retry] = useFetched(historyPath(plate, range.from, range.to), history);
  return (
    <Loaded data={data} retry={retry}>
      {(loaded) => (loaded.points.length === 0 ? <NoPoints plate={plate} range={range} show={show} /> : <Track plate={plate} range={range} data={loaded} />)}
    </Loaded>
  );
}

function NoPoints({ plate, range, show }: { plate: string; range: Range; show: (plate: string, range: Range) => void }) {
  const t = useTexts(texts);
  const nearest = useNearest(plate, range.from, range.to);
  return (
    <Empty says={t('none', { plate: plateText(plate), from: dateTime(range.from), to: dateTime(range.to) })}>
      {nearest.kind === 'loading' && <Loading />}
      {nearest.kind === 'ready' && nearest.value === null && <p>{t('nearest_none')}</p>}
      {nearest.kind === 'ready' && nearest.value !== null && (
        <>
          <p data-nearest>{t('nearest', { day: date(nearest.value) })}</p>
          <button type="button" onClick={() => show(plate, dayOf(nearest.value ?? 0))}>
            {t('nearest_show')}
          </button>
        </>
      )}
    </Empty>
  );
}

function Track({ plate, range, data }: { plate: string; range: Range; data: History }) {
  const t = useTexts(texts);
  const { points } = data;
  const first = points[0]?.time ?? range.from;
  const last = points.at(-1)?.time ?? range.to;
  const subject = `${plate} ${range.from} ${range.to}`;
  const player = usePlayer(points, first, last, first, subject);
  useShortcuts(player.keys);
  const fences = useLive((model) => model.fences);
  const features = fences.kind === 'ready' ? fences.value : null;
  return (
    <div className="replay-track" data-points={points.length}>
      <div className="replay-main">
        <p className="quiet">
          <strong>{plateText(plate)}</strong> {dateTime(range.from)} – {dateTime(range.to)} · {t('summary', { n: data.fixes })}
        </p>
        {data.truncated && <Notice kind="warn">{t('truncated')}</Notice>}
        {data.behind && <Notice kind="warn">{t('behind')}</Notice>}
        <TrackMap points={points} subject={subject} fences={features} cursor={player.fix} />
        <PlayerBar player={player} from={first} to={last} />
        <SpeedPlot points={points} from={first} to={last} cursor={player.cursor} setCursor={player.setCursor} />
        <p className="quiet keys">{t('keys')}</p>
      </div>
      <Details data={data} cursor={player.cursor} setCursor={player.setCursor} />
    </div>
  );
}

interface Row extends Stretch {
  key: string;
  what: string;
}

function Details({ data: { points }, cursor, setCursor }: { data: History; cursor: EpochMs; setCursor: (at: EpochMs) => void }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const fences = useLive((model) => model.fences);
  const features = fences.kind === 'ready' ? fences.value.features : null;
  const stops = useMemo<Row[]>(
    () => stopsOf(points).map((stop) => ({ ...stop, key: `s${stop.from}`, what: `${stop.lat.toFixed(5)}, ${stop.lon.toFixed(5)}` })),
    [points],
  );
  const passages = useMemo<Row[]>(
    () => passagesOf(points, features ?? []).map(({ fence, from, to }) => ({ from, to, key: `${fence.id} ${from}`, what: fence.name })),
    [points, features],
  );
  const trips = useMemo<Row[]>(() => tripsOf(points).map(({ from, to, load }) => ({ from, to, key: `t${from}`, what: t(`load.${load}`) })), [points, t]);
  const columns = (head: string): Column<Row>[] => [
    { id: 'what', head, cell: ({ what }) => what, names_row: true },
    {
      id: 'from',
      head: t('start'),
      number: true,
      cell: ({ from }) => (
        <button type="button" className="plain" aria-label={`${t('go')} ${clock(from)}`} onClick={() => setCursor(from)}>
          {clock(from)}
        </button>
      ),
    },
    { id: 'to', head: t('end'), number: true, cell: ({ to }) => clock(to) },
    { id: 'lasted', head: t('lasted'), number: true, cell: ({ from, to }) => duration((to - from) / 1000, language) },
  ];
  const table = (id: string, caption: string, none: string, head: string, rows: Row[]) => (
    <section key={id} data-part={id}>
      {rows.length === 0 ? (
        <>
          <h2>{caption}</h2>
          <p className="quiet">{none}</p>
        </>
      ) : (
        <DataTable caption={`${caption} ${rows.length}`} columns={columns(head)} rows={rows} rowKey={({ key }) => key} />
      )}
    </section>
  );
  return (
    <div className="panel replay-details" aria-label={t('details')} role="region">
      {table('stops', t('stops'), t('stops_none'), t('place'), stops)}
      {table('fences', t('fences'), t('fences_none'), t('name'), passages)}
      {table('trips', t('trips'), t('trips_none'), t('load'), trips)}
      <PointTable points={points} cursor={cursor} setCursor={setCursor} />
    </div>
  );
}

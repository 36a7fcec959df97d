import { useCallback, useMemo, useRef, useState } from 'react';
import { type Kind, KINDS, type Truck } from '../../api/types';
import { useLanguage, useTexts } from '../../i18n/define';
import { useFeed, useLive, useLiveSlowly, useServerNow } from '../../live/useLive';
import { timed } from '../../live/timing';
import { useGo, usePlace } from '../../shell/address';
import { type Choice, FilterButtons } from '../../ui/FilterButtons';
import { Failure, Loaded } from '../../ui/states';
import { Notice } from '../../ui/Notice';
import { useShortcuts } from '../../ui/shortcuts';
import { ErrorBoundary } from '../../ui/ErrorBoundary';
import { useFetched } from '../../ui/useFetched';
import { truckPermits, useSight, type Window } from './api';
import { FleetMap, type FleetMapActs } from './FleetMap';
import { countsOf, worstFirst } from './kinds';
import { texts } from './texts';
import { TruckCard } from './TruckCard';
import { TruckList } from './TruckList';
import './map.css';

/** Lists and counts over the fleet follow it this often; the map itself at every update. */
const LIST_EVERY_MS = 2_000;

const NO_TRUCKS: ReadonlyMap<string, Truck> = new Map();

/** The window an address holds: `lon,lat,zoom`. */
function windowOf(text: string | undefined): Window | null {
  const [lon, lat, zoom] = (text ?? '').split(',').map(Number);
  if (lon === undefined || lat === undefined || zoom === undefined || ![lon, lat, zoom].every(Number.isFinite)) return null;
  if (Math.abs(lon) > 180 || Math.abs(lat) > 85) return null;
  return { bounds: [lon, lat, lon, lat], zoom };
}

/** Which truck moves without a permit now, and where is it? */
export default function MapScreen() {
  const t = useTexts(texts);
  const language = useLanguage();
  const feed = useFeed();
  const go = useGo();
  const { id: chosen, state } = usePlace();
  const kind = KINDS.find((k) => k === state['kind']) ?? null;
  const typed = state['q'] ?? '';
  const data = useLiveSlowly((model) => model.trucks, LIST_EVERY_MS);
  const fleet = useLive((model) => model.fleet);
  const fences = useLive((model) => model.fences);
  const now_ms = useServerNow();
  // Ages are shown as of the list: it changes as a whole.
  const listed_at = useMemo(() => now_ms, [data]);
  const by_window = fleet !== null && !fleet.streamed;
  const start = useMemo(() => windowOf(state['view']), []);
  const [window_, setWindow] = useState<Window | null>(null);
  const { sight, problem } = useSight(by_window, window_, kind, typed);
  const [follow, setFollow] = useState(false);
  const [fences_shown, setFencesShown] = useState(true);
  const acts = useRef<FleetMapActs | null>(null);
  const search = useRef<HTMLInputElement>(null);

  const trucks = data.kind === 'ready' ? data.value : NO_TRUCKS;
  const { rows, counts, total, fitting } = useMemo(
    () =>
      timed('list', () => {
        if (by_window) return { rows: sight?.listed ?? [], counts: sight?.counts ?? countsOf([]), total: sight?.total ?? fleet.total, fitting: sight?.fitting ?? 0 };
        const fit = worstFirst(trucks.values(), kind, typed);
        return { rows: fit, counts: countsOf(trucks.values()), total: trucks.size, fitting: fit.length };
      }),
    [trucks, by_window, sight, kind, typed, fleet],
  );
  const truck = chosen === null ? undefined : (rows.find(({ plate }) => plate === chosen) ?? trucks.get(chosen) ?? sight?.trucks.find(({ plate }) => plate === chosen));
  const [permits, retryPermits] = useFetched(chosen === null ? null : `/api/v1/trucks/${encodeURIComponent(chosen)}/permits`, truckPermits, truck?.rules.join(' '));
  const permitted = permits.kind === 'ready' && chosen !== null ? permits.value.permits.flatMap(({ places }) => places) : [];

  const choose = useCallback((plate: string | null) => go({ id: plate }), [go]);
  const setTyped = useCallback((q: string) => go({ state: { q } }, 'replace'), [go]);
  const showAll = useCallback(() => go({ state: { q: null, kind: null } }, 'replace'), [go]);
  const fly = useCallback(() => requestAnimationFrame(() => acts.current?.fly()), []);
  const noteWindow = useCallback(
    (window: Window) => {
      setWindow(window);
      const [west, south, east, north] = window.bounds;
      go({ state: { view: [((west + east) / 2).toFixed(4), ((south + north) / 2).toFixed(4), window.zoom.toFixed(1)].join(',') } }, 'replace');
    },
    [go],
  );
  useShortcuts({
    '/': () => search.current?.focus(),
    enter: fly,
    f: () => setFollow(!follow),
    l: () => setFencesShown(!fences_shown),
    escape: () => {
      setFollow(false);
      if (chosen !== null) choose(null);
    },
  });

  return (
    <section className="panel map-panel" aria-label={t('title')} data-fleet={total} data-by-window={by_window}>
      <KindFilter counts={counts} total={total} chosen={kind} choose={(next) => go({ state: { kind: next } }, 'replace')} />
      {fences.kind === 'failed' && <Failure problem={fences.problem} retry={() => void feed.load('fences')} says={t('fences_failed', { what: fences.problem[language] })} />}
      {by_window && <p className="quiet by-window">{t('by_window', { n: total })}</p>}
      {problem !== null && <Notice kind="warn">{t('window_stale', { what: problem[language] })}</Notice>}
      <Loaded data={data} retry={() => void feed.load('trucks')}>
        {() => (
          <div className="map-layout">
            <TruckList
              rows={rows}
              fitting={fitting}
              total={total}
              now_ms={listed_at}
              chosen={chosen}
              choose={choose}
              fly={fly}
              typed={typed}
              setTyped={setTyped}
              showAll={showAll}
              search={search}
            />
            <div className="map-area">
              <ErrorBoundary fallback={<p className="state">{t('unavailable')}</p>}>
                <FleetMap
                  kind={kind}
                  chosen={chosen}
                  choose={choose}
                  fences={fences.kind === 'ready' ? fences.value : null}
                  fences_shown={fences_shown}
                  permitted={permitted}
                  follow={follow}
                  sight={sight}
                  by_window={by_window}
                  start={start}
                  onWindow={noteWindow}
                  acts={acts}
                />
              </ErrorBoundary>
              {truck !== undefined && (
                <TruckCard truck={truck} permits={permits} retry={retryPermits} now_ms={now_ms} follow={follow} setFollow={setFollow} fly={fly} close={() => choose(null)} />
              )}
              <div className="map-foot">
                <ul className="legend" aria-label={t('legend')}>
                  {(['source', 'sink', 'other', 'no_go', 'limit', 'route'] as const).map((look) => (
                    <li key={look}>
                      <span className={`swatch ${look}`} aria-hidden="true" /> {t(`legend.${look}`)}
                    </li>
                  ))}
                </ul>
                <button type="button" aria-pressed={fences_shown} onClick={() => setFencesShown(!fences_shown)}>
                  {t(fences_shown ? 'layers_on' : 'layers_off')}
                </button>
                <span className="quiet keys">{t('keys')}</span>
              </div>
            </div>
          </div>
        )}
      </Loaded>
    </section>
  );
}

/** How many trucks there are of each kind; a kind pressed shows only those. */
function KindFilter({ counts, total, chosen, choose }: { counts: Record<Kind, number>; total: number; chosen: Kind | null; choose: (kind: Kind | null) => void }) {
  const t = useTexts(texts);
  const choices: Choice<Kind | null>[] = [
    { key: null, label: t('kind.all'), count: total },
    ...KINDS.filter((kind) => kind === chosen || counts[kind] > 0 || (kind !== 'other' && kind !== 'silent')).map((kind) => ({ key: kind, label: t(`kind.${kind}`), count: counts[kind] })),
  ];
  return <FilterButtons label={t('filters')} choices={choices} chosen={chosen} choose={choose} />;
}

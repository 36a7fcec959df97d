import { useRef } from 'react';
import { TRUCK_STATES, type Truck } from '../api/types';
import { useText } from '../i18n/text';
import { useFeed, useLive, useServerNow } from '../live/useLive';
import { StateSign } from '../trucks/StateSign';
import { TruckCard } from '../trucks/TruckCard';
import { TruckList } from '../trucks/TruckList';
import { ErrorBoundary } from '../ui/ErrorBoundary';
import { type Choice, FilterButtons } from '../ui/FilterButtons';
import { Failure, PanelData } from '../ui/PanelData';
import { useView, type View } from '../view/address';
import { useShortcuts } from '../ui/shortcuts';
import { MapCanvas } from './MapCanvas';

const NO_TRUCKS: ReadonlyMap<string, Truck> = new Map();

/** The map, the counts by state, the chosen truck's card and all trucks as a list. */
export function MapPanel() {
  const { t } = useText();
  const { view } = useView();
  const feed = useFeed();
  const data = useLive((model) => model.trucks);
  const fences = useLive((model) => model.fences);
  const clues = useLive((model) => model.clues);
  const now_ms = useServerNow();
  const search = useRef<HTMLInputElement>(null);
  useShortcuts({ '/': () => search.current?.focus() });

  const trucks = data.kind === 'ready' ? data.value : NO_TRUCKS;
  const chosen = view.truck === null ? undefined : trucks.get(view.truck);
  const clue = view.clue === null || clues.kind !== 'ready' ? null : (clues.value.by_id.get(view.clue) ?? null);

  return (
    <section className="panel map-panel" data-panel="map" aria-labelledby="map-title">
      <h2 id="map-title">{t('map.title')}</h2>
      <StateFilter trucks={trucks} />
      {fences.kind === 'failed' && <Failure problem={fences.problem} retry={() => void feed.load('fences')} says="map.fences_failed" />}
      <div className="map-area">
        <ErrorBoundary fallback={<p className="state">{t('map.unavailable')}</p>}>
          <MapCanvas trucks={trucks} fences={fences.kind === 'ready' ? fences.value : null} clue={clue} now_ms={now_ms} />
        </ErrorBoundary>
        {chosen !== undefined && <TruckCard truck={chosen} now_ms={now_ms} />}
      </div>
      <Legend />
      <PanelData data={data} retry={() => void feed.load('trucks')}>
        {(loaded) => <TruckList trucks={loaded} now_ms={now_ms} search={search} />}
      </PanelData>
    </section>
  );
}

/** How many trucks are in each state; a state pressed shows only those. */
function StateFilter({ trucks }: { trucks: ReadonlyMap<string, Truck> }) {
  const { t } = useText();
  const { view, go } = useView();
  const choices: Choice<View['trucks']>[] = [
    { key: null, label: t('trucks.all'), count: trucks.size },
    ...TRUCK_STATES.map((state) => ({
      key: state,
      label: (
        <>
          <StateSign shape={state} /> {t(`trucks.state.${state}`)}
        </>
      ),
      count: [...trucks.values()].filter((truck) => truck.state === state).length,
    })),
  ];
  return (
    <FilterButtons label={t('trucks.states')} choices={choices} chosen={view.trucks} choose={(state) => go({ trucks: state }, 'replace')} />
  );
}

function Legend() {
  const { t } = useText();
  return (
    <ul className="legend" aria-label={t('map.legend')}>
      {(['source', 'sink', 'other', 'no_go', 'limit', 'route'] as const).map((look) => (
        <li key={look}>
          <span className={`swatch ${look}`} aria-hidden="true" /> {t(`map.legend.${look}`)}
        </li>
      ))}
    </ul>
  );
}

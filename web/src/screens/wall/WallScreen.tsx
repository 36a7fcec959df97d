import './wall.css';
import { useEffect, useRef, useState } from 'react';
import { duration } from '../../format/age';
import { clock } from '../../format/time';
import { useLanguage, useTexts } from '../../i18n/define';
import { useLive, useServerNow } from '../../live/useLive';
import { ErrorBoundary } from '../../ui/ErrorBoundary';
import { Plate } from '../../ui/Plate';
import { Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { FleetMap, type FleetMapActs } from '../map/FleetMap';
import { When } from '../../ui/When';
import { type Wall, wall } from './api';
import { texts } from './texts';

/** The numbers are fetched anew this often. */
const EVERY_MS = 10_000;
/** Data older than this is called old in words. */
const OLD_S = 5 * 60;

/** 大屏: is the city fine at a glance? Nothing to press; no names of people. */
export default function WallScreen() {
  const [version, setVersion] = useState(0);
  const [data, retry] = useFetched('/api/v1/wall', wall, version);
  useEffect(() => {
    const timer = setInterval(() => setVersion((n) => n + 1), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <div className="wall">
      <Loaded data={data} retry={retry}>
        {(value) => (
          <>
            <Age wall={value} />
            <Numbers wall={value} />
            <CityMap />
            <Alerts wall={value} />
          </>
        )}
      </Loaded>
    </div>
  );
}

/** How old what is shown is, in the largest letters. */
function Age({ wall: { newest_report, as_of } }: { wall: Wall }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const now_ms = useServerNow();
  const age_s = newest_report === null ? null : Math.max(0, (now_ms - newest_report) / 1000);
  return (
    <header className="wall-age" data-old={age_s === null || age_s > OLD_S}>
      <p className="wall-clock">{clock(now_ms)}</p>
      <p className="wall-data">{age_s === null ? t('age_none') : t('age', { age: duration(age_s, language) })}</p>
      {age_s !== null && age_s > OLD_S && <p role="alert">! {t('old')}</p>}
      <p className="quiet">{t('as_of', { time: clock(as_of) })}</p>
    </header>
  );
}

function Numbers({ wall: value }: { wall: Wall }) {
  const t = useTexts(texts);
  const numbers: [string, number, string][] = [
    [t('online'), value.online, t('online_of', { n: value.trucks })],
    [t('hauls'), value.hauls_today, ''],
    [t('pending'), value.pending, ''],
    [t('tips'), value.tips, ''],
    [t('listed'), value.listed, ''],
  ];
  return (
    <dl className="wall-numbers" aria-label={t('numbers')}>
      {numbers.map(([name, count, of]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <strong>{count}</strong> {of}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** The live map without anything to choose. */
function CityMap() {
  const t = useTexts(texts);
  const fences = useLive((model) => model.fences);
  const acts = useRef<FleetMapActs | null>(null);
  return (
    <section className="wall-map" aria-label={t('map')}>
      <ErrorBoundary fallback={null}>
        <FleetMap
          kind={null}
          chosen={null}
          choose={nothing}
          fences={fences.kind === 'ready' ? fences.value : null}
          fences_shown
          permitted={NONE}
          follow={false}
          sight={null}
          by_window={false}
          start={null}
          onWindow={nothing}
          acts={acts}
        />
      </ErrorBoundary>
    </section>
  );
}

const NONE: readonly string[] = [];
const nothing = () => undefined;

function Alerts({ wall: { alerts } }: { wall: Wall }) {
  const t = useTexts(texts);
  const language = useLanguage();
  return (
    <section className="wall-alerts" aria-label={t('alerts')}>
      <h2>{t('alerts')}</h2>
      {alerts.length === 0 && <p>{t('alerts_none')}</p>}
      <ul>
        {alerts.map((alert) => (
          <li key={alert.id} data-severity={alert.severity}>
            <When at={alert.start} /> <Plate plate={alert.plate} /> {alert.rule}{' '}
            {language === 'zh' ? alert.rule_name_zh : alert.rule_name_en}
          </li>
        ))}
      </ul>
    </section>
  );
}

import { useMemo, useRef, useState } from 'react';
import type { Clue } from '../../api/types';
import { type PlaceNames, ruleName, sentence } from '../../clues/facts';
import { neighbour } from '../../clues/order';
import { rightToDecide } from '../../clues/rights';
import { ago, duration } from '../../format/age';
import { plateText } from '../../format/plate';
import { clock, dateTime } from '../../format/time';
import { useLanguage, useTexts } from '../../i18n/define';
import type { Clues } from '../../live/model';
import { useFeed, useLive, useServerNow } from '../../live/useLive';
import { useGo, usePlace } from '../../shell/address';
import { useOfficer } from '../../shell/officer';
import { useSwitch } from '../../shell/setting';
import { Field } from '../../ui/Field';
import { FilterButtons } from '../../ui/FilterButtons';
import { Notice } from '../../ui/Notice';
import { Plate } from '../../ui/Plate';
import { useShortcuts } from '../../ui/shortcuts';
import { Empty, Loaded } from '../../ui/states';
import { useClaimActs, useClaims } from '../../casework/claims';
import { HandOver } from '../../casework/HandOver';
import { Dismiss } from './Dismiss';
import { type Alert, landmarksOf, type Order, ORDERS, queue, type Whose, WHOSE } from './queue';
import { useBell } from './sound';
import { texts } from './texts';
import './alerts.css';

/** Rows drawn at most. */
const ROWS_MAX = 200;

/** What needs a person next? */
export default function AlertsScreen() {
  const feed = useFeed();
  const clues = useLive((model) => model.clues);
  return (
    <Loaded data={clues} retry={() => void feed.load('clues')}>
      {(loaded) => <Queue clues={loaded} />}
    </Loaded>
  );
}

function Queue({ clues }: { clues: Clues }) {
  const t = useTexts(texts);
  const officer = useOfficer();
  const { state } = usePlace();
  const go = useGo();
  const whose: Whose = WHOSE.find((w) => w === state['whose']) ?? 'all';
  const order: Order = ORDERS.find((o) => o === state['order']) ?? 'severity';
  const area = state['area'] ?? null;
  const claims = useClaims();
  const fences = useLive((model) => model.fences);
  const features = fences.kind === 'ready' ? fences.value.features : null;
  const landmarks = useMemo(() => landmarksOf(features ?? []), [features]);
  const names: PlaceNames = useMemo(() => new Map((features ?? []).map(({ id, name }) => [id, name])), [features]);
  const alerts = useMemo(
    () => queue(clues.by_id.values(), claims, landmarks, { whose, order, area, me: officer.name }),
    [clues, claims, landmarks, whose, order, area, officer.name],
  );
  const areas = useMemo(
    () => [...new Set(queue(clues.by_id.values(), claims, landmarks, { whose: 'all', order: 'area', area: null, me: '' }).flatMap((alert) => alert.area ?? []))],
    [clues, claims, landmarks],
  );
  const now_ms = useServerNow();
  const [sound, setSound] = useSwitch('sound', false);
  useBell(sound, clues);
  const [dismissed, setDismissed] = useState<Clue | null>(null);

  const shown = alerts.slice(0, ROWS_MAX);
  const chosen = state['alert'] ?? null;
  const list = useRef<HTMLOListElement>(null);
  const focus = (id: string | null) => {
    if (id === null) return;
    go({ state: { alert: id } }, 'replace');
    list.current?.querySelector<HTMLElement>(`[data-alert="${CSS.escape(id)}"] .alert-open`)?.focus();
  };
  const move = (step: 1 | -1) => focus(neighbour(shown.map(({ clue }) => clue.id), chosen, step));
  const open = (id: string) => go({ screen: 'review', id });
  useShortcuts({
    j: () => move(1),
    k: () => move(-1),
    c: () => list.current?.querySelector<HTMLButtonElement>(`[data-alert="${CSS.escape(chosen ?? '')}"] [data-act=claim]`)?.click(),
    enter: () => {
      if (chosen !== null) open(chosen);
    },
  });

  return (
    <section className="panel alerts" aria-label={t('queue')}>
      <div className="alerts-bar">
        <FilterButtons<Whose>
          label={t('whose')}
          choices={WHOSE.map((key) => ({ key, label: t(`whose.${key}`), count: null }))}
          chosen={whose}
          choose={(key) => go({ state: { whose: key === 'all' ? null : key } }, 'replace')}
        />
        <Field label={t('order')}>
          {(props) => (
            <select {...props} value={order} onChange={(event) => go({ state: { order: event.target.value } }, 'replace')}>
              {ORDERS.map((key) => (
                <option key={key} value={key}>
                  {t(`order.${key}`)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t('area')}>
          {(props) => (
            <select {...props} value={area ?? ''} onChange={(event) => go({ state: { area: event.target.value } }, 'replace')}>
              <option value="">{t('every_area')}</option>
              {[...new Set(area === null ? areas : [area, ...areas])].map((name) => (
                <option key={name} value={name}>
                  {t('near', { name })}
                </option>
              ))}
            </select>
          )}
        </Field>
        <button type="button" aria-pressed={sound} onClick={() => setSound(!sound)}>
          {t(sound ? 'sound_on' : 'sound_off')}
        </button>
      </div>
      {dismissed !== null && <Notice kind="good">{t('dismissed', { plate: plateText(dismissed.plate) })}</Notice>}
      {alerts.length === 0 && <Nothing clues={clues} filtered={whose !== 'all' || area !== null} />}
      {alerts.length > ROWS_MAX && <p className="quiet">{t('shown_of', { shown: ROWS_MAX, n: alerts.length })}</p>}
      <ol className="alert-list" ref={list} aria-label={t('queue')}>
        {shown.map((alert) => (
          <AlertRow
            key={alert.clue.id}
            alert={alert}
            names={names}
            now_ms={now_ms}
            chosen={alert.clue.id === chosen}
            choose={() => go({ state: { alert: alert.clue.id } }, 'replace')}
            open={() => open(alert.clue.id)}
            onDismissed={setDismissed}
          />
        ))}
      </ol>
      <p className="quiet keys">{t('keys')}</p>
    </section>
  );
}

function Nothing({ clues, filtered }: { clues: Clues; filtered: boolean }) {
  const t = useTexts(texts);
  const go = useGo();
  if (filtered) {
    return (
      <Empty says={t('none_fits')}>
        <button type="button" onClick={() => go({ state: { whose: null, area: null } }, 'replace')}>
          {t('show_all')}
        </button>
      </Empty>
    );
  }
  const last = Math.max(...[...clues.by_id.values()].map(({ opened_at }) => opened_at));
  return <Empty says={`${t('none')}${Number.isFinite(last) ? ` ${t('last_one', { time: dateTime(last) })}` : ''}`} />;
}

function AlertRow({
  alert: { clue, area, claim },
  names,
  now_ms,
  chosen,
  choose,
  open,
  onDismissed,
}: {
  alert: Alert;
  names: PlaceNames;
  now_ms: number;
  chosen: boolean;
  choose: () => void;
  open: () => void;
  onDismissed: (clue: Clue) => void;
}) {
  const t = useTexts(texts);
  const language = useLanguage();
  const officer = useOfficer();
  const acts = useClaimActs(clue.id);
  const [asking, setAsking] = useState<'hand_over' | 'dismiss' | null>(null);
  const may = rightToDecide(officer, clue) === 'may';
  const mine = claim?.by === officer.name;
  return (
    <li className={chosen ? 'alert chosen' : 'alert'} data-alert={clue.id}>
      <button type="button" className="row alert-open" aria-current={chosen ? 'true' : undefined} onFocus={choose} onClick={open}>
        <span className="line">
          <span className={`tag ${clue.severity}`}>{t(`severity.${clue.severity}`)}</span>
          <strong>{ruleName(clue, language)}</strong>
          <Plate plate={clue.plate} />
          <span className="quiet">{ago((now_ms - clue.opened_at) / 1000, language)}</span>
          {area !== null && <span className="quiet">{t('near', { name: area })}</span>}
        </span>
        <span className="line facts-short">{sentence(clue, names, language)}</span>
        <span className="line quiet" data-claim={claim?.by ?? ''}>
          {claim === null ? t('free') : t('claimed_by', { by: claim.by, until: clock(claim.until) })} · {t('age', { age: duration((now_ms - clue.start) / 1000, language) })}
        </span>
      </button>
      {acts.problem !== null && (
        <Notice kind="bad" alert>
          {t('failed', { what: acts.problem })}
        </Notice>
      )}
      <div className="alert-acts">
        <button type="button" onClick={open}>
          {t('open')}
        </button>
        {may && !mine && (
          <button type="button" data-act="claim" onClick={() => void acts.claim()}>
            {t('claim')}
          </button>
        )}
        {may && mine && (
          <button type="button" data-act="release" onClick={() => void acts.release()}>
            {t('release')}
          </button>
        )}
        {may && (claim === null || mine) && (
          <>
            <button type="button" data-act="hand-over" onClick={() => setAsking('hand_over')}>
              {t('hand_over')}
            </button>
            <button type="button" data-act="dismiss" onClick={() => setAsking('dismiss')}>
              {t('dismiss')}
            </button>
          </>
        )}
      </div>
      {asking === 'hand_over' && <HandOver clue={clue} onClose={() => setAsking(null)} />}
      {asking === 'dismiss' && <Dismiss clue={clue} onClose={() => setAsking(null)} onDismissed={onDismissed} />}
    </li>
  );
}

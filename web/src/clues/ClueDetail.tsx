import { type Clue, clueWithHistory, type Session } from '../api/types';
import { points } from '../format/points';
import { plateText } from '../format/plate';
import { dateTime, span } from '../format/time';
import { useText } from '../i18n/text';
import { Failure } from '../ui/PanelData';
import { useFetched } from '../ui/useFetched';
import { useView } from '../view/address';
import { historyText } from './history';
import { DecisionForm, type Outcome } from './DecisionForm';
import { type PlaceNames, readings, sentence } from './facts';
import { rightToDecide } from './rights';

/** An open clue: facts in words, every reading, how it was decided or the form to decide it. */
export function ClueDetail({
  clue,
  names,
  officer,
  deciding,
  decide,
  onDecided,
}: {
  clue: Clue;
  names: PlaceNames;
  officer: Session;
  deciding: Outcome | null;
  decide: (outcome: Outcome | null) => void;
  onDecided: () => void;
}) {
  const { t, language } = useText();
  const { go } = useView();
  return (
    <div className="clue-detail">
      <p className="facts">{sentence(clue, names, language)}</p>
      <dl>
        <dt>{t('clue.when')}</dt>
        <dd>{span(clue.start, clue.end)}</dd>
        <dt>{t('clue.carrier')}</dt>
        <dd>{clue.carrier_name ?? t('trucks.unregistered')}</dd>
        <dt>{t('clue.permit')}</dt>
        <dd>{clue.permit ?? t('common.none')}</dd>
        <dt>{t('clue.where')}</dt>
        <dd>
          {clue.lat.toFixed(5)}, {clue.lon.toFixed(5)}
        </dd>
        <dt>{t('clue.points')}</dt>
        <dd>{points(clue.points_centi)}</dd>
        <dt>{t('clue.authority')}</dt>
        <dd>{t(`authority.${clue.authority}`)}</dd>
      </dl>
      <Readings clue={clue} />
      <button type="button" onClick={() => go({ panel: 'map', truck: clue.plate })}>
        {t('clue.show_truck')}
        <span className="hidden"> {plateText(clue.plate)}</span>
      </button>
      {clue.disproved === true && <p className="notice">{t('clue.disproved')}</p>}
      <Decision clue={clue} officer={officer} deciding={deciding} decide={decide} onDecided={onDecided} />
      <History clue={clue} />
    </div>
  );
}

function Readings({ clue }: { clue: Clue }) {
  const { t, language } = useText();
  const lines = readings(clue.facts, language);
  if (lines.length === 0) return null;
  return (
    <details>
      <summary>{t('clue.readings')}</summary>
      <dl className="readings">
        {lines.map(({ name, value }, i) => (
          <div key={i}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Decision({
  clue,
  officer,
  deciding,
  decide,
  onDecided,
}: {
  clue: Clue;
  officer: Session;
  deciding: Outcome | null;
  decide: (outcome: Outcome | null) => void;
  onDecided: () => void;
}) {
  const { t } = useText();
  if (clue.state === 'withdrawn') return <p className="outcome">{t('clue.withdrawn')}</p>;
  if (clue.decision !== null) {
    const { outcome, by, at, reason, ledger_seq, points_centi } = clue.decision;
    return (
      <p className={`outcome ${outcome}`}>
        {t(`clue.decided.${outcome}`, { by, at: dateTime(at), reason })}
        {outcome === 'confirmed' && (
          <strong>
            {ledger_seq === null ? t('clue.not_deducted') : t('clue.deducted', { points: points(Math.abs(points_centi ?? 0)), seq: ledger_seq })}
          </strong>
        )}
      </p>
    );
  }
  const right = rightToDecide(officer, clue);
  if (right === 'other_authority') {
    return <p className="quiet">{t('clue.other_authority', { authority: t(`authority.${clue.authority}`) })}</p>;
  }
  if (right === 'read_only') return <p className="quiet">{t('clue.read_only')}</p>;
  if (deciding !== null) {
    return <DecisionForm clue={clue} outcome={deciding} onDecided={onDecided} onCancel={() => decide(null)} />;
  }
  return (
    <>
      <p className="quiet">{t('clue.sensor_only')}</p>
      <div className="buttons">
        <button type="button" className="danger" onClick={() => decide('confirm')}>
          {t('clue.confirm')}
          <span className="desk-only"> (C)</span>
        </button>
        <button type="button" onClick={() => decide('reject')}>
          {t('clue.reject')}
          <span className="desk-only"> (D)</span>
        </button>
      </div>
    </>
  );
}

/** Opened, amended, decided: by whom and when. */
function History({ clue }: { clue: Clue }) {
  const { t, word, language } = useText();
  const [detail, retry] = useFetched(`/api/v1/clues/${encodeURIComponent(clue.id)}`, clueWithHistory, `${clue.state} ${clue.end}`);
  if (detail.kind === 'loading') return null;
  if (detail.kind === 'failed') return <Failure problem={detail.problem} retry={retry} />;
  const { history } = detail.value;
  if (history.length === 0) return null;
  return (
    <details>
      <summary>
        {t('clue.history')} <span className="count">{history.length}</span>
      </summary>
      <ol className="history">
        {history.map((entry, i) => (
          <li key={i}>
            {dateTime(entry.at)} {historyText(entry.what, language)}
            {entry.by !== null && ` · ${word('history.by', entry.by)}`}
          </li>
        ))}
      </ol>
    </details>
  );
}

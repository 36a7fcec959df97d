import { useLanguage, useTexts } from '../../i18n/define';
import { Notice } from '../../ui/Notice';
import { Plate } from '../../ui/Plate';
import type { Sent } from './decisions';
import { texts } from './texts';

/** What became of the decision before, with its undo; decisions that were refused stay until they are opened. */
export function SentStrip({ sent, undo, open }: { sent: readonly Sent[]; undo: () => void; open: (id: string) => void }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const newest = sent.find(({ kind }) => kind !== 'failed');
  const refused = sent.filter((entry) => entry.kind === 'failed');
  return (
    <div className="sent" aria-label={t('latest')} role="region">
      {refused.map(({ clue, problem }) => (
        <Notice key={clue.id} kind="bad" alert>
          <span data-refused={clue.id}>
            <Plate plate={clue.plate} /> {t('sent_failed', { what: problem[language] })}
          </span>{' '}
          <button type="button" onClick={() => open(clue.id)}>
            {t('open_it')}
          </button>
        </Notice>
      ))}
      {newest !== undefined && newest.kind !== 'failed' && (
        <p className="sent-line" data-sent={newest.kind} data-sent-clue={newest.clue.id}>
          <span>
            {t('latest')}：<Plate plate={newest.clue.plate} /> {t(`sent.${newest.kind}`)}
          </span>
          {(newest.kind === 'confirmed' || newest.kind === 'rejected' || newest.kind === 'sending') && (
            <button type="button" onClick={undo}>
              {t('undo')}
            </button>
          )}
        </p>
      )}
    </div>
  );
}

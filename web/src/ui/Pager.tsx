import { useTexts } from '../i18n/define';
import { texts } from './texts';

/** Pages that can be quoted: which one this is, how many there are where that is known, and the ones beside it. */
export function Pager({
  page,
  pages = null,
  total = null,
  previous,
  next,
}: {
  /** From 1. */
  page: number;
  pages?: number | null;
  total?: number | null;
  /** `null`: there is none. */
  previous: (() => void) | null;
  next: (() => void) | null;
}) {
  const t = useTexts(texts);
  if (previous === null && next === null && total === null) return null;
  return (
    <nav className="pager" aria-label={t('pages')}>
      <button type="button" disabled={previous === null} onClick={() => previous?.()}>
        {t('previous')}
      </button>
      <span aria-live="polite">
        {pages === null ? t('page', { page }) : t('page_of', { page, pages })}
        {total !== null && <span className="quiet"> {t('total', { n: total })}</span>}
      </span>
      <button type="button" disabled={next === null} onClick={() => next?.()}>
        {t('next')}
      </button>
    </nav>
  );
}

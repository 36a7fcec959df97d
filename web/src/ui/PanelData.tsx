import type { Problem } from '../api/client';
import { useText } from '../i18n/text';
import type { TextKey } from '../i18n/zh';
import { Failure as Failed, Loaded } from './states';

export { Loaded as PanelData };

/** What failed, in words, and a button that tries again. */
export function Failure({ problem, retry, says = 'common.failed' }: { problem: Problem; retry: () => void; says?: TextKey }) {
  const { t, language } = useText();
  return <Failed problem={problem} retry={retry} says={t(says, { what: problem[language] })} />;
}

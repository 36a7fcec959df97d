import { useTexts } from '../../i18n/define';
import { Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { settings } from './api';
import { texts } from './texts';

/** The settings in force, to be read. */
export function SettingsPart() {
  const t = useTexts(texts);
  const [data, retry] = useFetched('/api/v1/settings', settings);
  return (
    <section className="panel" aria-labelledby="admin-settings">
      <h2 id="admin-settings">{t('settings')}</h2>
      <Loaded data={data} retry={retry}>
        {({ toml, version }) => (
          <>
            <p className="quiet">{t('settings_help', { version })}</p>
            <pre className="code settings-text" lang="zh-CN" tabIndex={0} aria-label={t('settings')}>
              {toml}
            </pre>
          </>
        )}
      </Loaded>
    </section>
  );
}

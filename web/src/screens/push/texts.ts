import { defineTexts } from '../../i18n/define';

export const texts = defineTexts({
  zh: {
    targets: '推送目标',
    none: '没有配置推送目标。以 fleet-service feed-target 添加。',
    name: '目标',
    waiting: '待推送',
    taken: '已确认',
    failing: '连续失败',
    error: '最近错误',
    dead: '死信',
    dead_none: '没有死信。',
    reason: '原因',
    when: '时间',
    resend: '重新推送',
    resent: '已重新推送',
  },
  en: {
    targets: 'Targets',
    none: 'No target is configured. Add one with fleet-service feed-target.',
    name: 'Target',
    waiting: 'Waiting',
    taken: 'Acknowledged',
    failing: 'Failed in a row',
    error: 'Last error',
    dead: 'Dead letters',
    dead_none: 'No dead letters.',
    reason: 'Why',
    when: 'When',
    resend: 'Send again',
    resent: 'sent again',
  },
});

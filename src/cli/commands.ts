import { approvalsApprove, approvalsDeny } from './approvals-decide.ts';
import { approvalsList } from './approvals-list.ts';
import type { Command, CommandGroup } from './command.ts';
import { gateway } from './gateway.ts';
import { policyTest } from './policy-test.ts';
import { policyValidate } from './policy-validate.ts';
import { runsCancel } from './runs-cancel.ts';
import { runsList } from './runs-list.ts';
import { runsResume } from './runs-resume.ts';
import { runsShow } from './runs-show.ts';
import { scan } from './scan.ts';

/** Every command there is. */
export const COMMANDS: readonly (Command | CommandGroup)[] = [
  gateway,
  { name: 'policy', summary: 'Check and try policies', commands: [policyValidate, policyTest] },
  {
    name: 'approvals',
    summary: 'Decide about calls that wait for a person',
    commands: [approvalsList, approvalsApprove, approvalsDeny],
  },
  {
    name: 'runs',
    summary: 'See and go on with the runs that have a journal',
    commands: [runsList, runsShow, runsResume, runsCancel],
  },
  scan,
];

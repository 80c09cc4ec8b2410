/** The approvers' page in one browser: loading what drives it takes a second. */
import { setUpBrowser } from './page-world.ts';
import './acting.ts';
import './deciding.ts';
import './list.ts';
import './runs.ts';
import './screenshot.ts';
import './showing.ts';

setUpBrowser();

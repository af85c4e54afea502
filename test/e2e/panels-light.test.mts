import { testPanels } from './panels.mts';

testPanels('light');

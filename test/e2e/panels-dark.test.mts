import { testPanels } from './panels.mts';

testPanels('dark');

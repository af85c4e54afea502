import { command } from './command';
import { configuration } from './configuration';
import { device } from './device';
import { log } from './log';
import type { Resource } from './resource';
import { telemetry } from './telemetry';

/**
 * Every resource of the node, in the order the panel lists them. The panel, the dispatch, the methods of list searches
 * and typed forms, and the tests that loop over operations follow from it.
 */
export const RESOURCES: Resource[] = [command, configuration, device, log, telemetry];

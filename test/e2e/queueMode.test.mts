import { type Instance, startN8n } from '../../n8n/instance.mts';
import type { Workflow, WorkflowNode } from '../../n8n/rest.mts';
import { byId } from '../support/locators.mts';
import { setStage, type Stage } from './harness.mts';
import { type CredentialName, enapterDevice, mainTo, manualTrigger, workflowNode } from './nodes.mts';
import { type Redis, startRedis } from './redis.mts';

const DEVICES = 300;
const MAX_CONCURRENCY = 8;
const ROUNDS = ['First', 'Second'];

/** What must be stopped, in the order of start. */
const running: Array<{ stop(): Promise<void> }> = [];
const workers: Instance[] = [];
let stage: Stage;
let credential: CredentialName;

/** Settings that main and the workers share. */
function settings({ host, port }: Redis): Record<string, string> {
	return {
		EXECUTIONS_MODE: 'queue',
		QUEUE_BULL_REDIS_HOST: host,
		QUEUE_BULL_REDIS_PORT: String(port),
		N8N_ENCRYPTION_KEY: 'the-same-for-main-and-workers',
		OFFLOAD_MANUAL_EXECUTIONS_TO_WORKERS: 'true',
		N8N_LOG_LEVEL: 'info',
	};
}

beforeAll(async () => {
	const redis = await startRedis();
	running.push(redis);
	const env = settings(redis);
	stage = await setStage({ devices: DEVICES, examples: false, env });
	running.push({ stop: async () => await stage.end() });
	for (let count = 0; count < 2; count++) {
		// Each worker runs one job at a time, so that the second of two parallel jobs goes to the other worker.
		const worker = await startN8n({
			userFolder: stage.userFolder,
			role: 'worker',
			env: { ...env, N8N_CONCURRENCY_PRODUCTION_LIMIT: '1' },
		});
		workers.push(worker);
		running.push(worker);
	}
	credential = await stage.rest.saveCredential(stage.credential());
}, 900_000);

afterAll(async () => {
	const failures: unknown[] = [];
	for (const one of running.reverse()) await one.stop().catch((error: unknown) => failures.push(error));
	expect(failures).toEqual([]);
}, 120_000);

const MANUAL = manualTrigger('Start');

const EVERY_SECOND = workflowNode('Start', 'n8n-nodes-base.scheduleTrigger', 1.3, {
	rule: { interval: [{ field: 'seconds', secondsInterval: 1 }] },
});

/** Renames every device of a site to `<prefix> <slug>`. */
function renameSite(trigger: WorkflowNode, siteId: string, prefix: string): Workflow {
	return {
		name: `${prefix} ${siteId}`,
		nodes: [
			trigger,
			enapterDevice('Devices', credential, {
				operation: 'getAll',
				returnAll: true,
				filters: { siteId: byId(siteId) },
			}),
			enapterDevice('Rename', credential, {
				operation: 'update',
				deviceId: byId('={{ $json.id }}'),
				updateFields: { name: `=${prefix} {{ $json.slug }}` },
				options: { maxConcurrency: MAX_CONCURRENCY },
			}),
		],
		connections: { Start: mainTo('Devices'), Devices: mainTo('Rename') },
		settings: { executionOrder: 'v1' },
	};
}

/** The executions that an n8n process took from the queue. */
function executionsOn({ log }: Instance): string[] {
	return [...log.join('').matchAll(/Worker started execution (\d+)/g)].map(([, id = '']) => id);
}

test('bulk runs are spread over the workers, and every device is as the workflows say', async () => {
	const sites = [...stage.emulator.fleet.sites.keys()];
	stage.emulator.latency = 100;
	const executed: string[] = [];
	for (const round of ROUNDS) {
		const executions = await Promise.all(
			sites.map(async (site) => {
				const { id } = await stage.rest.createWorkflow(renameSite(MANUAL, site, round));
				return await stage.rest.run(id, 'Start');
			}),
		);
		const renamed = executions.flatMap(
			({ data }) => data.resultData.runData.Rename?.[0]?.data?.main[0]?.map(({ json }) => json.id) ?? [],
		);
		const devices = stage.emulator.fleet.list();
		expect(executions.map(({ status }) => status)).toEqual(sites.map(() => 'success'));
		expect(devices).toHaveLength(DEVICES);
		expect(renamed.sort()).toEqual(devices.map(({ id }) => id));
		expect(devices.map(({ name }) => name)).toEqual(devices.map(({ slug }) => `${round} ${slug}`));
		executed.push(...executions.map(({ id }) => id));
	}
	const { requests, stats } = stage.emulator;
	expect(requests.filter(({ method }) => method === 'PATCH')).toHaveLength(ROUNDS.length * DEVICES);

	const [first = [], second = []] = workers.map(executionsOn);
	expect(first).not.toEqual([]);
	expect(second).not.toEqual([]);
	expect([...first, ...second].sort()).toEqual(executed.sort());
	expect(executionsOn(stage.n8n)).toEqual([]);

	// Max Concurrency applies to one run, so two workers may have twice as many requests in flight.
	expect(stats.peakInFlight).toBeGreaterThan(MAX_CONCURRENCY);
	expect(stats.peakInFlight).toBeLessThanOrEqual(workers.length * MAX_CONCURRENCY);
}, 180_000);

test('a scheduled workflow runs on a worker', async () => {
	const [site = ''] = stage.emulator.fleet.sites.keys();
	stage.emulator.latency = 0;
	const workflow = await stage.rest.createWorkflow(renameSite(EVERY_SECOND, site, 'Scheduled'));
	await stage.rest.activate(workflow.id, workflow.versionId);
	const execution = await stage.rest.nextExecution(workflow.id);
	await stage.rest.deactivate(workflow.id);
	expect(execution).toMatchObject({ mode: 'trigger', status: 'success' });
	expect(workers.flatMap(executionsOn)).toContain(execution.id);
	expect(executionsOn(stage.n8n)).toEqual([]);
	const devices = stage.emulator.fleet.list(site);
	expect(devices.map(({ name }) => name)).toEqual(devices.map(({ slug }) => `Scheduled ${slug}`));
}, 120_000);

import { Agent, request } from 'undici';
import { handleOrders, measure, type RunOrder } from './messages.mts';

/** The default of Max Concurrency. */
const DEFAULT_CONCURRENCY = 30;

handleOrders(async ({ target, ids, mark, maxConcurrency = DEFAULT_CONCURRENCY }: RunOrder) => {
	const dispatcher = new Agent({ connections: maxConcurrency, connect: { rejectUnauthorized: false } });
	const headers = { 'content-type': 'application/json', 'x-enapter-auth-token': target.token };
	const report = await measure(async () => {
		const queue = ids.entries();
		const worker = async () => {
			for (const [index, id] of queue) {
				const { statusCode, body } = await request(`${target.baseUrl}/v3/devices/${id}`, {
					dispatcher,
					method: 'PATCH',
					headers,
					body: JSON.stringify({ name: `Device ${index} ${mark}` }),
				});
				await body.json();
				if (statusCode !== 200) throw new Error(`undici got status ${statusCode}`);
			}
		};
		await Promise.all(Array.from({ length: maxConcurrency }, worker));
	});
	await dispatcher.close();
	return report;
});

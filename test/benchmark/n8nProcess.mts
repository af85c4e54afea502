import { StoredCredential } from './credentials.mts';
import { prepareEngine, runWorkflow } from './engine.mts';
import { handleOrders, measure, type RunOrder } from './messages.mts';
import { subjectsFor } from './subjects.mts';

await prepareEngine();

handleOrders(async ({ task, subject: name, target, ids, names, mark, maxConcurrency }: RunOrder) => {
	const { credentialType, subjects } = subjectsFor(task, target.baseUrl, maxConcurrency);
	const subject = subjects[name];
	if (subject === undefined) throw new Error(`There is no subject "${name}"`);
	const credential = await StoredCredential.store(credentialType, {
		apiToken: target.token,
		baseUrl: target.baseUrl,
		allowUnauthorizedCerts: true,
	});
	const nameOf = (index: number) => (task === 'unchanged' ? (names[index] ?? '') : `Device ${index} ${mark}`);
	// The warm-up creates the devices of the task "commission", so that the measured runs have nothing to do.
	const idOf = (id: string, index: number) => (task === 'commission' ? `commissioned-${index}` : id);
	const items = ids.map((id, index) => ({ json: { id: idOf(id, index), name: nameOf(index) } }));
	return await measure(async () => {
		const output = await runWorkflow(subject, items, credential);
		// The field that shows that the output belongs to the item.
		const proof = task === 'update' ? 'name' : 'id';
		const hasNoProof = task === 'configuration' && name === 'httpRequest';
		const isWrong = (json: { id: string; name: string }, index: number) =>
			!hasNoProof && !JSON.stringify(output[index]).includes(json[proof]);
		const wrong = items.findIndex(({ json }, index) => isWrong(json, index));
		if (wrong !== -1 || output.length !== ids.length) throw new Error(`${name} lost item ${wrong}`);
	});
});

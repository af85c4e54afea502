import { StoredCredential } from './credentials.mts';
import { prepareEngine, runWorkflow } from './engine.mts';
import { answerOrders, measure, type RunOrder } from './messages.mts';
import { subjectsFor } from './subjects.mts';

await prepareEngine();

answerOrders(async ({ task, subject: name, target, ids, names, mark, maxConcurrency }: RunOrder) => {
	const { credentialType, subjects } = subjectsFor(task, target.baseUrl, maxConcurrency);
	const subject = subjects[name];
	if (subject === undefined) throw new Error(`There is nothing called ${name} to measure`);
	const credential = await StoredCredential.store(credentialType, {
		apiToken: target.token,
		baseUrl: target.baseUrl,
		allowUnauthorizedCerts: true,
	});
	const nameOf = (index: number) => (task === 'unchanged' ? (names[index] ?? '') : `Device ${index} ${mark}`);
	const items = ids.map((id, index) => ({ json: { id, name: nameOf(index) } }));
	return await measure(async () => {
		const output = await runWorkflow(subject, items, credential);
		// What shows that the output is this item's.
		const proof = task === 'update' ? 'name' : 'id';
		const wrong = items.findIndex(({ json }, index) => !JSON.stringify(output[index]).includes(json[proof]));
		if (wrong !== -1 || output.length !== ids.length) throw new Error(`${name} lost item ${wrong}`);
	});
});

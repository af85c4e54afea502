import type { AddressInfo } from 'node:net';
import fastify from 'fastify';

/** A message of OpenAI's Chat Completions API. */
interface Message {
	role: string;
	content: string | null;
}

/** A tool, as described to the model. */
export interface Tool {
	function: {
		name: string;
		description: string;
		parameters: { properties: Record<string, { type: string; description?: string }>; required?: string[] };
	};
}

/** The next step of the model: a tool call, or the answer to the user. */
export type Step = { tool: string; parameters: Record<string, string> } | { answer: string };

/** A model that follows a script. */
export interface ScriptedModel {
	/** For the base URL of an OpenAI credential. */
	url: string;
	/** The tools of the last request. */
	tools: Tool[];
	/** The results of the tool calls so far, oldest first. */
	results: string[];
	close(): Promise<void>;
}

/**
 * Starts a local server for Chat Completions that follows a script.
 *
 * @param script one entry per turn; each gets the results of the tool calls so far, oldest first
 */
export async function startScriptedModel(script: Array<(results: string[]) => Step>): Promise<ScriptedModel> {
	const app = fastify({ forceCloseConnections: true });
	const model: ScriptedModel = {
		url: '',
		tools: [],
		results: [],
		close: async () => await app.close(),
	};
	app.post<{ Body: { messages: Message[]; tools?: Tool[] } }>('/v1/chat/completions', async ({ body }) => {
		model.tools = body.tools ?? [];
		model.results = body.messages.filter(({ role }) => role === 'tool').map(({ content }) => String(content));
		const turn = body.messages.filter(({ role }) => role === 'assistant').length;
		const step = script[turn]?.(model.results) ?? { answer: 'The script has ended.' };
		return {
			id: `completion-${turn}`,
			object: 'chat.completion',
			created: 0,
			model: 'scripted',
			choices: [
				{
					index: 0,
					message: messageOf(step, turn),
					finish_reason: 'tool' in step ? 'tool_calls' : 'stop',
				},
			],
			usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
		};
	});
	await app.listen({ host: '127.0.0.1', port: 0 });
	model.url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/v1`;
	return model;
}

function messageOf(step: Step, turn: number) {
	if ('answer' in step) return { role: 'assistant', content: step.answer };
	const call = { name: step.tool, arguments: JSON.stringify(step.parameters) };
	return {
		role: 'assistant',
		content: null,
		tool_calls: [{ id: `call-${turn}`, type: 'function', function: call }],
	};
}

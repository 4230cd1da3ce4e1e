// What soketi's own classes make of items: one JSON line in, one JSON line out, thousands in one process.
//
//   in   {"item": {...DynamoDB JSON, B as base64...}, "channels": ["probe", ...], "events": [{"name", "channel"}, ...]}
//   out  {"byId":  {"found", "error", "fields", "flags", "limits", "webhooks", "signs"},    what `view()` writes
//         "byKey": {"found", "error", "agrees"},                                           whether both see the same
//         "deliveries": [[{"kind", "host", "request", ...} for each event] for each webhook]}  bytes as latin1
//
// Real: aws-sdk v2's response parser and Converter, DynamoDbAppManager, App, RateLimiterMemory, WebhookSender
// and axios down to the bytes. Stubbed: uWebSockets.js (never used), getItem, query, Lambda.invoke, the sockets.
'use strict';

const { EventEmitter } = require('events');
const http = require('http');
const https = require('https');
const Module = require('module');
const readline = require('readline');
const { Duplex } = require('stream');
const url = require('url');

const load = Module._load;
Module._load = function (name, ...rest) {
    return name === 'uWebSockets.js' ? {} : load.call(this, name, ...rest);
};
process.env.SOKETI_APP_MANAGER_DRIVER = 'dynamodb';
process.env.SOKETI_DEBUG = 'true'; // the managers swallow every error; debug makes them log it first
process.env.AWS_ACCESS_KEY_ID = process.env.AWS_SECRET_ACCESS_KEY = 'nobody';

const AWS = require('aws-sdk');
const axios = require('axios');
const JsonParser = require('aws-sdk/lib/json/parser');
const { Cli } = require('@soketi/soketi/dist/cli/cli');
const { Log } = require('@soketi/soketi/dist/log');
const { WebhookSender } = require('@soketi/soketi/dist/webhook-sender');
const { LocalRateLimiter } = require('@soketi/soketi/dist/rate-limiters/local-rate-limiter');
const { DynamoDbAppManager } = require('@soketi/soketi/dist/app-managers/dynamodb-app-manager');

const logged = [];
for (const name of Object.getOwnPropertyNames(Log).filter((name) => typeof Log[name] === 'function')) {
    Log[name] = (message) => {
        if (name === 'error') logged.push(message instanceof Error ? String(message) : '');
    };
}

const cli = new Cli();
cli.overwriteOptionsFromEnv();
const server = cli.server;
const manager = new DynamoDbAppManager(server);
const rateLimiter = new LocalRateLimiter(server);
const operations = manager.dynamodb.api.operations;

/** Makes one SDK operation answer with this wire body, parsed by the SDK's own parser. */
function answer(operation, body) {
    manager.dynamodb[operation] = () => ({
        promise: async () => new JsonParser().parse(JSON.stringify(body), operations[operation].output),
    });
}

// --- limits, as the server applies them -----------------------------------------------------------------

const UNLIMITED = 'unlimited';
const BLOCKED = 'blocked';

/** ws-handler.js:535-543 (src/ws-handler.ts:746): `parseInt(x) || -1`, below 0 means no limit, a throw refuses. */
function connections(value) {
    try {
        const max = parseInt(value) || -1;
        return max < 0 ? UNLIMITED : max;
    } catch {
        return BLOCKED;
    }
}

/** local-rate-limiter.js:39 (`maxPoints < 0`), then rate-limiter-flexible's own `points` setter (4 for NaN). */
function rate(value) {
    if (value < 0) return UNLIMITED;
    const points = rateLimiter.createNewRateLimiter('any', value).points;
    return points === 0 ? BLOCKED : points;
}

/**
 * A size is refused when `size > limit`; the smallest possible size is above 0 for all seven:
 * ws-handler.js:237 (channel name), :394 (event name), :407 `parseFloat` (payload);
 * presence-channel-manager.js:10 (members + 1), :21 (member size);
 * http-handler.js:233 (batch), :273 (channels), :279 (event name), :286 `parseFloat` (payload).
 */
function size(value) {
    if (Number.isNaN(value)) return UNLIMITED;
    return value > 0 ? value : BLOCKED;
}

const LIMITS = {
    max_connections: ['maxConnections', 'maxConnections MaxConnections max_connections', connections],
    max_backend_events_per_second: ['maxBackendEventsPerSecond', 'maxBackendEventsPerSecond MaxBackendEventsPerSecond max_backend_events_per_sec', rate],
    max_client_events_per_second: ['maxClientEventsPerSecond', 'maxClientEventsPerSecond MaxClientEventsPerSecond max_client_events_per_sec', rate],
    max_read_requests_per_second: ['maxReadRequestsPerSecond', 'maxReadRequestsPerSecond MaxReadRequestsPerSecond max_read_req_per_sec', rate],
    max_presence_members_per_channel: ['maxPresenceMembersPerChannel', 'maxPresenceMembersPerChannel MaxPresenceMembersPerChannel max_presence_members_per_channel', size],
    max_presence_member_size_in_kb: ['maxPresenceMemberSizeInKb', 'maxPresenceMemberSizeInKb MaxPresenceMemberSizeInKb max_presence_member_size_in_kb', size],
    max_channel_name_length: ['maxChannelNameLength', 'maxChannelNameLength MaxChannelNameLength max_channel_name_length', size],
    max_event_channels_at_once: ['maxEventChannelsAtOnce', 'maxEventChannelsAtOnce MaxEventChannelsAtOnce max_event_channels_at_once', size],
    max_event_name_length: ['maxEventNameLength', 'maxEventNameLength MaxEventNameLength max_event_name_length', size],
    max_event_payload_in_kb: ['maxEventPayloadInKb', 'maxEventPayloadInKb MaxEventPayloadInKb max_event_payload_in_kb', (value) => size(parseFloat(value))],
    max_event_batch_size: ['maxEventBatchSize', 'maxEventBatchSize MaxEventBatchSize max_event_batch_size', size],
};
const FLAGS = {
    enabled: 'enabled Enabled',
    enableClientMessages: 'enableClientMessages EnableClientMessages enable_client_messages',
    enableUserAuthentication: 'enableUserAuthentication EnableUserAuthentication enable_user_authentication',
};

/** Which of these names App took the value from: the last one that its own function takes at all. */
function source(app, names) {
    const absent = Symbol('absent');
    return names.split(' ').filter((name) => app.extractFromPassedKeys(app.initialApp, [name], absent) !== absent).pop() ?? 'default';
}

// --- webhooks, as the sender delivers them ---------------------------------------------------------------

const EVENTS = ['client_event', 'channel_occupied', 'channel_vacated', 'member_added', 'member_removed', 'cache_miss'];
const crashes = [];
process.on('unhandledRejection', (error) => crashes.push(String(error)));
process.on('uncaughtException', (error) => crashes.push(String(error)));

/** What left the process: each connection that was opened and the bytes written to it, each Lambda invocation. */
let sent = [];
let posts = [];
let reachesNetwork = false;
for (const [agent, tls] of [[http.globalAgent, false], [https.globalAgent, true]]) {
    agent.createConnection = (options) => {
        const attempt = { kind: 'url', host: options.host, port: Number(options.port), tls, request: '' };
        // Where the URL names no host, Node connects to its own machine.
        attempt.named = Boolean(url.parse(String(current.webhooks[0].url)).hostname);
        sent.push(attempt);
        const socket = new Duplex({
            read() {},
            write(chunk, _encoding, done) {
                attempt.request += chunk.toString('latin1');
                done();
            },
        });
        setImmediate(() => socket.push('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'));
        return Object.assign(socket, { setTimeout() {}, setNoDelay() {}, setKeepAlive() {}, ref() {}, unref() {} });
    };
}
const post = axios.default.post;
axios.default.post = (...parameters) => {
    if (!reachesNetwork) {
        sent.push({ kind: 'url' });
        return Promise.resolve();
    }
    const answer = post.apply(axios.default, parameters);
    posts.push(answer);
    return answer;
};
const RealLambda = AWS.Lambda;
AWS.Lambda = function (options) {
    const client = new RealLambda(options);
    const invoke = client.invoke.bind(client);
    client.invoke = (parameters, done) => {
        const { FunctionName, InvocationType, Payload } = parameters;
        sent.push({ kind: 'lambda', function: FunctionName, invocation: InvocationType, region: client.config.region, payload: Payload.toString('latin1') });
        if (!reachesNetwork) return done(null, {});
        const answered = new Promise((resolve) => {
            setTimeout(resolve, 50); // where a crash keeps the answer away
            invoke(parameters, (...answer) => setImmediate(resolve, done(...answer)));
        });
        posts.push(answered);
        return answered.catch((error) => crashes.push(String(error)));
    };
    return client;
};
AWS.HttpClient.prototype.handleRequest = (_request, _options, _answer, fail) => {
    const error = Object.assign(new Error('no network here'), { code: 'RequestAbortedError' }); // is not retried
    setImmediate(() => fail(error));
    return new EventEmitter();
};

const PROCESS_ID = 4242;
const processors = {};
let current = null;
const sender = new WebhookSender({
    options: { ...server.options, debug: false, instance: { process_id: PROCESS_ID } },
    canProcessQueues: () => true,
    queueManager: {
        processQueue: (name, run) => (processors[name] = run),
        addToQueue: (name, data) => processors[name]({ data }, () => {}),
    },
    appManager: { findByKey: async () => current },
});

/** Sends one event through the real sender to one webhook alone: what left, and whether the server died of it. */
async function send(app, webhook, event, secret) {
    current = Object.create(app, { webhooks: { value: [webhook] }, secret: { value: secret } });
    sent = [];
    posts = [];
    crashes.length = 0;
    try {
        sender.sendWebhook(current, event, `${event.name}_webhooks`);
    } catch (error) {
        crashes.push(String(error));
    }
    await new Promise(setImmediate);
    await Promise.allSettled(posts);
    return { sent, crash: crashes[0] ?? null };
}

async function webhook(app, value, channels) {
    const tried = [];
    const fires = [];
    let lethal = null;
    let delivery = null;
    for (const name of EVENTS) {
        for (const channel of channels) {
            // The app's own secret may not sign at all (see `signs`): here only the webhook is judged.
            const one = await send(app, value, { name, channel }, 'x');
            lethal ??= one.crash;
            tried.push(`${name} ${channel}`);
            if (one.sent.length === 0) continue;
            fires.push(`${name} ${channel}`);
            if (delivery !== null) continue;
            const real = await deliver(app, value, { name, channel }, 'x');
            lethal ??= real.crash;
            delivery = real.sent[0] ?? null;
        }
    }
    return { tried, fires, lethal, delivery };
}

/** The same, with real axios and real HTTP down to the bytes. */
async function deliver(app, value, event, secret) {
    reachesNetwork = true;
    const one = await send(app, value, event, secret);
    reachesNetwork = false;
    return one;
}

/** Channels that a webhook's filter lets through, as far as it can be satisfied, after those asked for. */
function channelsFor(value, asked) {
    const filter = value?.filter || {};
    const text = (part) => {
        try {
            return part ? String(part) : '';
        } catch {
            return '';
        }
    };
    const fitting = `${text(filter.channel_name_starts_with)}-probe-${text(filter.channel_name_ends_with)}`;
    return [...new Set([...asked, fitting])];
}

// --- one item ---------------------------------------------------------------------------------------------

/** JSON cannot say NaN, Infinity, undefined or bytes: those become {"$": name}. */
function plain(value) {
    if (typeof value === 'number' && !Number.isFinite(value)) return { $: String(value) };
    if (value === undefined) return { $: 'undefined' };
    if (Buffer.isBuffer(value)) return { $: 'bytes', base64: value.toString('base64') };
    if (value !== null && typeof value === 'object') return { $: value.constructor?.name ?? 'Object', text: trySay(value) };
    return value;
}

function trySay(value) {
    try {
        return JSON.stringify(value);
    } catch (error) {
        return String(error);
    }
}

async function view(app, channels) {
    const fields = {};
    for (const name of Object.keys(app).filter((name) => !['initialApp', 'server', 'webhooks'].includes(name))) {
        fields[name] = plain(app[name]);
    }
    const flags = {};
    for (const [name, names] of Object.entries(FLAGS)) flags[name] = { value: Boolean(app[name]), source: source(app, names) };
    const limits = {};
    for (const [name, [field, names, apply]] of Object.entries(LIMITS)) {
        limits[name] = { value: plain(apply(app[field])), source: source(app, names) };
    }
    const webhooks = [];
    for (const value of app.webhooks) webhooks.push(await webhook(app, value, channelsFor(value, channels)));
    return { found: true, error: '', fields, flags, limits, webhooks, signs: signs(app) };
}

/** '' when the secret can sign; else the error that any signed HTTP request throws (app.js:101), which stops the server. */
function signs(app) {
    try {
        app.signingToken('GET', '/apps/x/channels', '');
        return '';
    } catch (error) {
        return String(error);
    }
}

async function look(find) {
    logged.length = 0;
    const app = await find();
    return { app, error: app === null ? logged.filter(Boolean)[0] ?? '' : '' };
}

async function judge({ item, channels = ['probe'], events = [] }) {
    const key = item.AppKey?.S;
    answer('getItem', { Item: item });
    answer('query', { Items: key ? [item] : [] }); // an item whose AppKey is no string is not in the index
    const byId = await look(() => manager.findById(item.AppId?.S ?? ''));
    const byKey = await look(() => manager.findByKey(key ?? ''));
    // Compared first: what is delivered to Lambda may change its own `client_options`.
    const agrees = trySay(byKey.app?.toObject()) === trySay(byId.app?.toObject());
    const deliveries = [];
    for (const value of byKey.app?.webhooks ?? []) {
        const ofOne = [];
        for (const event of events) ofOne.push((await deliver(byKey.app, value, event, byKey.app.secret)).sent[0] ?? null);
        deliveries.push(ofOne);
    }
    return {
        deliveries,
        byId: byId.app ? await view(byId.app, channels) : { found: false, error: byId.error },
        byKey: { found: byKey.app !== null, error: byKey.error, agrees },
    };
}

(async () => {
    for await (const line of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
        process.stdout.write(`${JSON.stringify(await judge(JSON.parse(line)))}\n`);
    }
})().catch((error) => {
    console.error(error);
    process.exit(1);
});

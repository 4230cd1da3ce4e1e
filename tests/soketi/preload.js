// Lets soketi 1.6.1, written for uWebSockets.js 20.10, run on 20.30 (the oldest with binaries for Node 20).
// There, what `res.upgrade()` was given sits behind `ws.getUserData()`; soketi expects it on the socket itself.
'use strict';

const uWS = require('uWebSockets.js');

for (const kind of ['App', 'SSLApp']) {
    const make = uWS[kind];
    uWS[kind] = (...options) => {
        const app = make(...options);
        const listen = app.ws.bind(app);
        app.ws = (pattern, behavior) =>
            listen(pattern, {
                ...behavior,
                open: (ws) => {
                    Object.assign(ws, ws.getUserData());
                    behavior.open(ws);
                },
            });
        return app;
    };
}

internal import HTTPTypes
internal import Logging
internal import MartletBytes
internal import MartletGateway
internal import NIOCore

/// The application could not be imported. ``WorkerPool`` has shown the traceback on stderr already.
public struct ImportFailed: Error, CustomStringConvertible {
    /// One sentence: what to do.
    public let advice: String
    /// Python's own words.
    let traceback: String

    public var description: String { advice }

    init(advice: String, traceback: String) {
        self.advice = advice
        self.traceback = traceback
    }

    /// The same, with settings written as they were given.
    func rendered(_ names: SettingNames) -> ImportFailed {
        ImportFailed(advice: names.rendered(advice), traceback: traceback)
    }

    /// What the browser shows in development; it looks again by itself.
    var page: Response {
        let text = """
            <!doctype html><html><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">
            <title>The application cannot be imported</title>
            <style>body{font:16px/1.5 system-ui,sans-serif;margin:3em auto;max-width:60em;padding:0 1em}\
            pre{background:#8881;padding:1em;overflow:auto;font-size:14px}:root{color-scheme:light dark}</style></head>
            <body><h1>The application cannot be imported</h1><p>\(HTMLText.escape(advice))</p>
            <pre>\(HTMLText.escape(traceback))</pre><p>Save a file, and Martlet tries again.</p></body></html>

            """
        return Response(
            status: .internalServerError,
            headers: Headers([(.contentType, "text/html; charset=utf-8"), (.cacheControl, "no-store")]),
            body: .bytes(ByteBuffer(string: text))
        )
    }

    func showTraceback(of application: String, _ logger: Logger) {
        guard !traceback.isEmpty else { return }
        logger.error("the import of \(application) has failed", metadata: [LogDetails.key: "\(traceback)"])
    }
}

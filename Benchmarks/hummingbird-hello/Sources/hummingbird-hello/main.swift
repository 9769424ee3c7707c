import Hummingbird
import Logging

/// The peer of `swift-hello`: one route, no middleware, nothing logged per request.
/// `hummingbird-hello PORT` listens on 127.0.0.1.
guard CommandLine.arguments.count == 2, let port = Int(CommandLine.arguments[1]) else {
    fatalError("usage: hummingbird-hello PORT")
}

let router = Router()
router.get("/hello") { _, _ in
    "Hello World!"
}

var logger = Logger(label: "hummingbird-hello")
logger.logLevel = .error

let application = Application(
    router: router,
    configuration: .init(address: .hostname("127.0.0.1", port: port)),
    logger: logger
)
try await application.runService()

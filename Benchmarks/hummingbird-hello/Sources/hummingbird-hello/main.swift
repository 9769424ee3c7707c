import Glibc
import Hummingbird
import Logging
import Mustache

/// The peer of `swift-hello` and `framework-app`: no middleware, nothing logged per request.
/// `hummingbird-hello PORT` listens on 127.0.0.1 and finds the templates in the folder it is started in; with ROUTE_TABLE
/// set it has 1,000 routes more, with CASES the others that `framework-app` has.
guard CommandLine.arguments.count == 2, let port = Int(CommandLine.arguments[1]) else {
    fatalError("usage: hummingbird-hello PORT")
}

let router = Router(context: PeerContext.self)
router.get("/hello") { _, _ in
    "Hello World!"
}
if getenv("CASES") != nil { try await addCases(to: router) }
if getenv("ROUTE_TABLE") != nil { addTable(to: router) }

var logger = Logger(label: "hummingbird-hello")
logger.logLevel = .error

let application = Application(
    router: router,
    configuration: .init(address: .hostname("127.0.0.1", port: port)),
    logger: logger
)
try await application.runService()

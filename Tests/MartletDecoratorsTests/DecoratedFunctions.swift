#if Decorators
import HTTPTypes
import MartletForms
import MartletFramework
import MartletGateway

// What the tests ask for: the routes of this module.

struct User: Codable, Equatable { var id: Int, name: String }

struct Failure: Error {}

struct Visitor: RequestExtractable {
    let name: String

    static func extract(from request: Request) async throws -> Visitor {
        guard let name = request.args["visitor"] else { throw Abort(.unauthorized) }
        return Visitor(name: "\(name)\(request.parameters["room"] ?? "")")
    }
}

struct Even: PathConvertible {
    let number: Int

    init?(pathParameter text: String) {
        guard let number = Int(text), number.isMultiple(of: 2) else { return nil }
        self.number = number
    }

    var pathParameter: String { "\(number)" }
}

@GET("/hello") func hello() -> String { "Hello World!" }

@GET("/users/<int:id>") func user(id: Int) -> User { User(id: id, name: "Ada") }

@POST("/users") func create(_ request: Request) async throws -> ModifiedResponse {
    JSON(try await request.json(as: User.self)).status(.created)
}

@DELETE("/users/<int:id>") func remove(_ id: Int) -> HTTPResponse.Status { .noContent }

@PUT("/users/<int:id>", name: "change") func replace(user id: Int) -> String { "changed \(id)" }

@PATCH("/users/<int:id>", name: "patch") func patch(id: Int) async throws -> String { throw Failure() }

@GET("/even/<n>") func even(n: Even) -> String { "\(n.number)" }

@GET("/files/<path:file>") func file(_ file: String) -> String { file }

@GET("/café/<title>.html") func page(title: String, request: Request, limit: Int = 10) -> String {
    "\(title) \(request.parameters["title"] ?? "-") \(limit)"
}

@GET("/rooms/<room>") func visit(room: String, visitor: Visitor) -> String { "\(visitor.name) in \(room)" }

@GET("/missing") func missing() -> User? { nil }

@GET("/made") func made() -> some ResponseConvertible { HTML("<p>").status(.accepted) }

@GET("/list/") @GET("/list/<int:page>") func list(page: Int = 1) -> String { "page \(page)" }

@ROUTE("/form", methods: [.get, .post]) func form(_ request: Request) -> Response {
    request.redirect(user(id: 7), status: .seeOther)
}

@MainActor @GET("/main") func onMainActor() -> String { "main" }

@GET("/overloads/<int:value>", name: "number") func overloaded(value: Int) -> String { "number" }

@GET("/overloads/<value>", name: "text") func overloaded(value: String) -> String { "text" }

@GET("/switch") func `switch`() -> String { "switch" }

@GET("/request") func request() -> String { "request" }

enum Pages {
    @GET("/pages/") static func index() -> String { "pages" }

    struct Inner {
        @GET("/pages/inner") static func index() -> String { "inner" }
    }
}

extension Pages.Inner {
    @GET("/pages/more") static func more() throws -> String { throw Abort(.forbidden) }
}

class Machine {
    @GET("/machine") class func state() -> String { "machine" }
}

actor Counter {
    @GET("/counter") static func count() async -> String { "counter" }
}

enum Admin {
    @GET("/") static func index(_ request: Request) -> String { request.url(show(id: 1)) }

    @GET("/<int:id>") static func show(id: Int) -> String { "admin \(id)" }

    @POST("/") static func save(_ request: Request) -> Response { request.redirect(show(id: 2)) }
}
#endif

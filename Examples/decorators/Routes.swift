// Martlet's own package builds its examples without the trait, too.
#if Decorators
import Martlet

struct User: Codable { var id: Int, name: String }

@GET("/") func home(_ request: Request) -> Response { request.redirect(user(id: 1)) }

@GET("/users/<int:id>") func user(id: Int) -> User { User(id: id, name: "Ada") }

@POST("/users") func create(_ request: Request) async throws -> ModifiedResponse {
    let new = try await request.decode(User.self)
    return JSON(new).status(.created).header(.location, request.url(user(id: new.id)))
}

enum Greetings {
    @GET("/greet/<name>") static func greet(name: String) -> HTML { "<h1>Hello \(name)</h1>" }
}
#endif

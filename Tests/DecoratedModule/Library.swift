// A module that another one takes decorated routes of.
#if Decorators
import HTTPTypes
public import MartletFramework

@GET("/library") public func library() -> String { "library" }

@GET("/library/books/<isbn>") public func book(isbn: String) -> String { "book \(isbn)" }

public enum Desk {
    @GET("/") public static func index() -> String { "desk" }
}
#endif

import Martlet

/// A thousand routes: in 20 sections 25 things each, with a fixed path and one that has a number in it.
enum RouteTable {
    static func add(to app: App) {
        for section in 0..<20 {
            for thing in 0..<25 {
                app.get("/section-\(section)/things-\(thing)") { "Hello World!" }
                app.get("/section-\(section)/things-\(thing)/<int:id>") { (id: Int) in "Hello \(id)!" }
            }
        }
    }
}

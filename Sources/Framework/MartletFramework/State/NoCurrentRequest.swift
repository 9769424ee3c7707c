/// `Current` was asked where no request is being answered.
public struct NoCurrentRequest: Error, Equatable, CustomStringConvertible {
    let isProvided: Bool

    public var description: String {
        guard isProvided else {
            return """
                There is no current request: no app of this program provides one.

                Current is off unless an app asks for it. Write app.providesCurrent() where the app is set up, or pass the request to \
                this function as a parameter.
                """
        }
        return """
            There is no current request: this code runs outside of one.

            Current follows the task that answers a request. There is none when the program starts, in app.background { }, in \
            Task.detached { }, on a thread of your own, and in the body of a streamed answer, which is written after the handler has \
            returned. Take what is needed from the request before, and pass it on as a value. In a test, send a request with TestClient.
            """
    }
}

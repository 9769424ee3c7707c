import Testing

@testable import MartletCommand

struct QueryArgumentsTests {
    @Test(arguments: [
        ("--file+/tmp/evil", ["cgi", "--file", "/tmp/evil"], true),
        ("%2D%2Dfile+%2Ftmp%2Fevil", ["cgi", "--file", "/tmp/evil"], true),
        ("a+b%3Bc", ["cgi", "hello:app", "a", "b\\;c"], true),
        ("run", ["run"], true),
        ("x+%2D", ["cgi", "hello:app", "x", "-"], true),
        // Not made into arguments by web servers.
        ("a=b", ["cgi", "b"], false),
        ("", ["cgi", ""], false),
        ("a+b", ["cgi", "hello:app"], false),
        ("a+b", [], false),
    ])
    func theLastWordOfTheQueryIsNoArgument(_ query: String, _ arguments: [String], _ isRefused: Bool) {
        #expect(QueryArguments.mayBe(in: arguments, query: query) == isRefused)
    }
}

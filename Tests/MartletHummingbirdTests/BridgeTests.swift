// Without the trait Hummingbird there is nothing to test.

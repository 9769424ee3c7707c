<?php // An answer, and what is for the log.
header('Content-Type: text/plain');
error_log("what is wrong\nand \x1b[31mred");
for ($i = 0; $i < (int) ($_GET['more'] ?? 0); $i++) error_log(str_repeat('x', 1000));
echo 'answered';

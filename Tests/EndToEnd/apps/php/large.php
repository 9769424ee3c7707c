<?php // So many megabytes.
header('Content-Type: application/octet-stream');
$megabyte = str_repeat('0123456789abcdef', 65536);
for ($i = 0; $i < (int) $_GET['megabytes']; $i++) echo $megabyte;

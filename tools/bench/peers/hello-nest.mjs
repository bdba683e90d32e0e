import 'reflect-metadata';
import { Controller, Get, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';

class Hello {
  hello(name) {
    return { hello: name };
  }
}

class App {}

// What a compiler makes of decorators, written out: this file runs as it is.
Param('name')(Hello.prototype, 'hello', 0);
Get('hello/:name')(Hello.prototype, 'hello', Object.getOwnPropertyDescriptor(Hello.prototype, 'hello'));
Controller()(Hello);
Module({ controllers: [Hello] })(App);

const app = await NestFactory.create(App, new FastifyAdapter(), { logger: false });
await app.listen(Number(process.env.PORT), '::');
console.log('listening');
